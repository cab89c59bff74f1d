using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Zakenak.Contracts;

namespace Zakenak.ServiceDefaults;

/// <summary>
/// The suite that AppHost runs on this machine, as its state folder shows it to whoever may read it: where its services are, by what they are known,
/// and the key that lets its owner start one more process of it.
/// </summary>
public sealed class DevelopmentSuite
{
    private const string FolderName = ".zakenak";
    private const string RepositoryMark = "Zakenak.sln";

    private readonly string _state;

    private DevelopmentSuite(string state, Uri modelRegistry, Uri certAuthority, Uri? gatewayAdmin) =>
        (_state, ModelRegistry, CertAuthority, GatewayAdmin) = (state, modelRegistry, certAuthority, gatewayAdmin);

    public Uri ModelRegistry { get; }

    public Uri CertAuthority { get; }

    /// <summary>The gateway's administration; null where the suite has no gateway.</summary>
    public Uri? GatewayAdmin { get; }

    public string TrustAnchorsFile => Path.Combine(_state, "trust", "root.pem");

    private string Run => Path.Combine(_state, "run");

    /// <summary>The one chosen, else <c>.zakenak</c> at the root of the repository that the working directory is in, else in the working directory.</summary>
    public static string StateFolder(string? chosen, string workingDirectory) => chosen is { Length: > 0 }
        ? Path.GetFullPath(chosen, workingDirectory)
        : Path.Combine(RepositoryOf(workingDirectory) ?? workingDirectory, FolderName);

    /// <summary>The root of the repository that the working directory is in; null outside of one.</summary>
    public static string? RepositoryOf(string workingDirectory)
    {
        for (var folder = new DirectoryInfo(workingDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, RepositoryMark)))
            {
                return folder.FullName;
            }
        }

        return null;
    }

    /// <summary>Null where none runs.</summary>
    public static DevelopmentSuite? Find(string state)
    {
        try
        {
            var endpoints = JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllBytes(Path.Combine(state, "run", "endpoints.json")));
            return Uri.TryCreate(endpoints?.GetValueOrDefault(ServiceNames.ModelRegistry), UriKind.Absolute, out var registry)
                && Uri.TryCreate(endpoints?.GetValueOrDefault(ServiceNames.CertAuthority), UriKind.Absolute, out var authority)
                ? new DevelopmentSuite(
                    state, registry, authority, Uri.TryCreate(endpoints.GetValueOrDefault(ServiceNames.Gateway), UriKind.Absolute, out var admin) ? admin : null)
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes a proof that one process may enroll as this service, for its owner's eyes only; the caller deletes it once it is spent.</summary>
    /// <exception cref="IOException">The key can't be read or the file not written; or <see cref="UnauthorizedAccessException"/>.</exception>
    public string NewTokenFile(string service, TimeSpan lifetime, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        var token = EnrollmentToken.Create(service, ServiceContext.DevelopmentNamespace, time.GetUtcNow() + lifetime);
        var key = File.ReadAllBytes(Path.Combine(Run, "enrollment-key"));
        var path = Path.Combine(Run, $"{service}-{token.Id}.token");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var file = new FileStream(path, options);
        file.Write(Encoding.ASCII.GetBytes(token.Protect(key)));
        CryptographicOperations.ZeroMemory(key);
        return path;
    }
}
