using Microsoft.Extensions.Options;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.CertAuthority;

/// <summary>The HMAC key of enrollment tokens.</summary>
internal sealed class EnrollmentKey
{
    private const int Bytes = 32;

    private readonly byte[] _key;

    public EnrollmentKey(IOptions<EnrollmentKeyOptions> options)
    {
        var path = options.Value.EnrollmentKeyFile!;
        try
        {
            _key = new FileInfo(path) is { Exists: true, Length: Bytes }
                ? File.ReadAllBytes(path)
                : throw new StartRefusedException($"CertAuthority:EnrollmentKeyFile: {path} must exist and hold exactly {Bytes} bytes.", ExitCodes.Misconfigured);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException($"CertAuthority:EnrollmentKeyFile: {path} is not readable ({e.GetType().Name}).", ExitCodes.Misconfigured, e);
        }
    }

    public EnrollmentToken? Unprotect(string token) => EnrollmentToken.Unprotect(token, _key);
}
