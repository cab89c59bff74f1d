using Microsoft.Extensions.Options;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.CertAuthority;

/// <summary>The HMAC keys of enrollment tokens: one that is good for every service in development, one for each service elsewhere.</summary>
internal sealed class EnrollmentKeys
{
    private readonly (string? Service, byte[] Key)[] _keys;

    public EnrollmentKeys(IOptions<EnrollmentKeyOptions> options, IOptions<IssuingOptions> issuing) => _keys = options.Value.EnrollmentKeyFile is { Length: > 0 } file
        ? [(null, Read(nameof(EnrollmentKeyOptions.EnrollmentKeyFile), file))]
        : ReadFolder(options.Value.EnrollmentKeysDirectory!, issuing.Value.Services);

    /// <summary>The claims of a token that a key signed which may speak for the token's service; null for any other.</summary>
    public EnrollmentToken? Unprotect(string token)
    {
        // They are few: all are tried, and nothing of a token is read before one of them vouches for it.
        foreach (var (service, key) in _keys)
        {
            if (EnrollmentToken.Unprotect(token, key) is { } claims)
            {
                return service is null || claims.Service == service ? claims : null;
            }
        }

        return null;
    }

    private static (string?, byte[])[] ReadFolder(string folder, IReadOnlyList<string> services)
    {
        const string Option = nameof(EnrollmentKeyOptions.EnrollmentKeysDirectory);
        string[] names;
        try
        {
            // Names that begin with a dot are the kubelet's own, behind the links to a mounted secret.
            names = [.. Directory.GetFiles(folder).Select(path => Path.GetFileName(path)).Where(name => name[0] != '.')];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refuse(Option, $"{folder} is not readable ({e.GetType().Name}).");
        }

        return names.FirstOrDefault(name => !services.Contains(name)) is { } unknown
            ? throw Refuse(Option, $"{Path.Combine(folder, unknown)} is named after no service that may enroll; those are {string.Join(", ", services)}.")
            : [.. names.Select(name => ((string?)name, Read(Option, Path.Combine(folder, name))))];
    }

    private static byte[] Read(string option, string path) => EnrollmentSecret.TryRead(path, out var fault) ?? throw Refuse(option, fault!);

    private static StartRefusedException Refuse(string option, string sentence) => new($"CertAuthority:{option}: {sentence}", ExitCodes.Misconfigured);
}
