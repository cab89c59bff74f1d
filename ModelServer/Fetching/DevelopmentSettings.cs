using System.Security.Cryptography;
using System.Text.Json;
using Zakenak.Contracts;

namespace Zakenak.ModelServer.Fetching;

/// <summary>
/// What a person who types <c>fetch</c> beside a running suite would otherwise have to configure: where its registry and certificate
/// authority are, its policy, and a proof of identity. All of it comes from the suite's state folder, which only its owner can read.
/// </summary>
internal sealed class DevelopmentSettings : IDisposable
{
    private const string FolderName = ".zakenak";
    private const string RepositoryMark = "Zakenak.sln";
    private static readonly TimeSpan s_tokenLifetime = TimeSpan.FromMinutes(5);

    private readonly string _tokenFile;

    private DevelopmentSettings(string tokenFile, Dictionary<string, string?> values) => (_tokenFile, Values) = (tokenFile, values);

    public IReadOnlyDictionary<string, string?> Values { get; }

    /// <summary>Null where no suite runs here.</summary>
    public static DevelopmentSettings? Find(string? home, string workingDirectory)
    {
        var state = home ?? StateFolder(workingDirectory);
        var run = Path.Combine(state, "run");
        try
        {
            var endpoints = JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllBytes(Path.Combine(run, "endpoints.json")))!;
            var tokenFile = WriteToken(run);
            return new DevelopmentSettings(tokenFile, new()
            {
                ["Registry:Url"] = endpoints[ServiceNames.ModelRegistry],
                ["Identity:CertAuthorityUrl"] = endpoints[ServiceNames.CertAuthority],
                ["Identity:TrustAnchorsFile"] = Path.Combine(state, "trust", "root.pem"),
                ["Identity:TokenFile"] = tokenFile,
                ["Trust:PolicyFile"] = Path.Combine(state, "trust", "policy.json"),
                ["Trust:PolicyRootFile"] = Path.Combine(state, "trust", "policy-root.pub.pem"),
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException)
        {
            return null;
        }
    }

    public void Dispose() => File.Delete(_tokenFile);

    private static string StateFolder(string workingDirectory)
    {
        for (var folder = new DirectoryInfo(workingDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, RepositoryMark)))
            {
                return Path.Combine(folder.FullName, FolderName);
            }
        }

        return Path.Combine(workingDirectory, FolderName);
    }

    private static string WriteToken(string run)
    {
        var token = new EnrollmentToken
        {
            Service = ServiceNames.ModelServer,
            Namespace = ServiceDefaults.ServiceContext.DevelopmentNamespace,
            Id = RandomNumberGenerator.GetHexString(32, lowercase: true),
            ExpiresAt = DateTimeOffset.UtcNow.Add(s_tokenLifetime).ToUnixTimeSeconds(),
        };
        var key = File.ReadAllBytes(Path.Combine(run, "enrollment-key"));
        var path = Path.Combine(run, $"fetch-{token.Id}.token");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var file = new FileStream(path, options);
        file.Write(System.Text.Encoding.ASCII.GetBytes(token.Protect(key)));
        CryptographicOperations.ZeroMemory(key);
        return path;
    }
}
