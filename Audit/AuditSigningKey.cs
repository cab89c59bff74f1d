using System.Security.Cryptography;

namespace Zakenak.Audit;

/// <summary>The key that signs the checkpoints of one log and nothing else; <c>key.pub.pem</c> beside it is for those who verify, and a copy belongs elsewhere.</summary>
public static class AuditSigningKey
{
    /// <summary>Reads the key, or makes it at the first start.</summary>
    /// <exception cref="AuditUnavailableException">It is damaged, or open to others.</exception>
    public static ECDsa Open(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var path = Path.Combine(folder, "key.pem");
        try
        {
            DurableFiles.CreateFolder(folder);
            if (!File.Exists(path))
            {
                using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
                DurableFiles.ReplaceSecret(path, made.ExportPkcs8PrivateKeyPem() + "\n");
            }

            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & DurableFiles.Others) != 0)
            {
                throw new AuditUnavailableException($"{path} is open to other users of this machine; chmod go= it, and consider the key known if it ever was.");
            }

            var key = ECDsa.Create();
            key.ImportFromPem(File.ReadAllText(path));
            _ = key.ExportParameters(includePrivateParameters: true);
            DurableFiles.ReplacePublic(Path.Combine(folder, "key.pub.pem"), key.ExportSubjectPublicKeyInfoPem() + "\n");
            return key;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new AuditUnavailableException($"{path} is not a private key. Restore it from a backup; without it old checkpoints can still be verified, new ones not made.", e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException and not AuditUnavailableException)
        {
            throw new AuditUnavailableException($"{path} cannot be read or made: {e.Message}", e);
        }
    }
}
