using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Zakenak.ServiceDefaults;

/// <summary>The roots a process is told to trust, by a file that reached it before it speaks to anyone.</summary>
public static class TrustAnchors
{
    private const int MaxBytes = 256 * 1024;

    /// <summary>The certificates of a PEM file, or null with a reason.</summary>
    public static IReadOnlyList<X509Certificate2>? TryLoad(string path, out string? reason)
    {
        try
        {
            if (!File.Exists(path))
            {
                reason = $"the trust anchors file {path} does not exist yet (the certificate authority writes it at its first start)";
                return null;
            }

            // A mounted ConfigMap's file is a link, whose own length says nothing.
            using var file = File.OpenText(path);
            if (file.BaseStream.Length > MaxBytes)
            {
                reason = $"the trust anchors file {path} is larger than {MaxBytes} bytes";
                return null;
            }

            X509Certificate2Collection roots = [];
            roots.ImportFromPem(file.ReadToEnd());
            if (roots.Count == 0 || roots.Any(r => !r.Extensions.OfType<X509BasicConstraintsExtension>().Any(e => e.CertificateAuthority)))
            {
                reason = $"the trust anchors file {path} must hold CA certificates and nothing else";
                return null;
            }

            reason = null;
            return [.. roots];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            reason = $"the trust anchors file {path} is not readable as PEM certificates ({e.GetType().Name})";
            return null;
        }
    }
}
