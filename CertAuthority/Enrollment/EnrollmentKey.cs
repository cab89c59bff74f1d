using Microsoft.Extensions.Options;
using Zakenak.Audit;
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
            // What is open is looked at: the path may be a link, as a mounted secret is, and may change.
            using var file = File.OpenHandle(path);
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & DurableFiles.Others) != 0)
            {
                throw Refuse($"{path} is open to other users of this machine, who could enroll as any service; replace the key, and chmod go= its file.");
            }

            _key = new byte[Bytes];
            if (RandomAccess.GetLength(file) != Bytes || RandomAccess.Read(file, _key, 0) != Bytes)
            {
                throw Refuse($"{path} must hold exactly {Bytes} random bytes; make it anew, e.g. head -c {Bytes} /dev/urandom.");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refuse($"{path} is not readable ({e.GetType().Name}).", e);
        }
    }

    public EnrollmentToken? Unprotect(string token) => EnrollmentToken.Unprotect(token, _key);

    private static StartRefusedException Refuse(string sentence, Exception? inner = null) =>
        new("CertAuthority:EnrollmentKeyFile: " + sentence, ExitCodes.Misconfigured, inner);
}
