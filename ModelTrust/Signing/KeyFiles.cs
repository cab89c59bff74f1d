using System.Security.Cryptography;
using System.Text;

namespace Zakenak.ModelTrust.Signing;

/// <summary>The two files of a key: <c>k.pem</c> for its owner only, <c>k.pub.pem</c> for everybody.</summary>
public static class KeyFiles
{
    public static string PublicPath(string privatePath) =>
        (privatePath.EndsWith(".pem", StringComparison.OrdinalIgnoreCase) ? privatePath[..^4] : privatePath) + ".pub.pem";

    /// <summary>Writes both halves; with a file in the way and no <paramref name="force"/>, neither.</summary>
    public static Refusal? Write(SigningKey key, string privatePath, bool force)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (!force && new[] { privatePath, PublicPath(privatePath) }.FirstOrDefault(Path.Exists) is { } existing)
        {
            return new Refusal(RefusalCodes.KeyExists, $"{existing} exists already; what its key has signed could not be signed again. Choose another name, or add --force to replace it.");
        }

        var pem = key.ExportPem();
        var bytes = Encoding.ASCII.GetBytes(pem);
        try
        {
            return AtomicFile.Write(privatePath, bytes, AtomicFile.Secret, replace: force)
                ?? AtomicFile.Write(PublicPath(privatePath), Encoding.ASCII.GetBytes(key.PublicKey.Pem), AtomicFile.Public, replace: force);
        }
        finally
        {
            Array.Clear(pem);
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
