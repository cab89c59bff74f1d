using System.Security.Cryptography;
using Zakenak.Contracts;

namespace Zakenak.Services.Tests.CertAuthority;

/// <summary>A temporary folder with an enrollment key, where an authority keeps its state over several starts.</summary>
public sealed class AuthorityHome : IDisposable
{
    private readonly byte[] _enrollmentKey = RandomNumberGenerator.GetBytes(32);

    public AuthorityHome()
    {
        Root = System.IO.Directory.CreateTempSubdirectory("zakenak-ca-").FullName;
        File.WriteAllBytes(EnrollmentKeyFile, _enrollmentKey);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(EnrollmentKeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    public string Root { get; }

    public string Directory => Path.Combine(Root, "ca");

    public string AnchorsFile => Path.Combine(Root, "trust", "anchors.pem");

    public string EnrollmentKeyFile => Path.Combine(Root, "enrollment.key");

    public string Token(string service = ServiceNames.Gateway, string ns = "dev", TimeSpan? life = null, string? id = null) => new EnrollmentToken
    {
        Service = service,
        Namespace = ns,
        Id = id ?? Guid.NewGuid().ToString("n"),
        ExpiresAt = (DateTimeOffset.UtcNow + (life ?? TimeSpan.FromMinutes(5))).ToUnixTimeSeconds(),
    }.Protect(_enrollmentKey);

    /// <summary>A token file as the host writes it.</summary>
    public string TokenFile(string service = ServiceNames.Gateway)
    {
        var path = Path.Combine(Root, Guid.NewGuid().ToString("n") + ".token");
        File.WriteAllText(path, Token(service));
        return path;
    }

    public void Dispose() => System.IO.Directory.Delete(Root, recursive: true);
}
