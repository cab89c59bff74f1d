using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Zakenak.Audit;
using Zakenak.ServiceDefaults;

namespace Zakenak.CertAuthority;

/// <summary>
/// The folder of keys, held by one process. A key and its certificate or public half are a folder that is made under another name, flushed, and then
/// renamed: killed at any point, the pair is there or it is not.
/// </summary>
public sealed class AuthorityFolder : IDisposable
{
    private const string KeyFile = "key.pem";
    private const string CertificateFile = "cert.pem";
    private const string PublicFile = "public.pem";
    private const string Making = ".making-";

    private readonly FileStream _lock;

    private AuthorityFolder(string path, FileStream locked) => (Path, _lock) = (path, locked);

    public string Path { get; }

    /// <summary>For tests of interruption: called before each step that changes the disk.</summary>
    internal Action<string> BeforeStep { get; set; } = _ => { };

    /// <exception cref="StartRefusedException">Another process holds it, or it is not ours alone.</exception>
    public static AuthorityFolder Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        try
        {
            DurableFiles.CreateFolder(path);
            RefuseIfShared(path);
            var locked = DurableFiles.Open(System.IO.Path.Combine(path, "lock"), FileShare.None);
            foreach (var left in Directory.GetDirectories(path, Making + "*"))
            {
                Directory.Delete(left, recursive: true); // a start that was killed before the rename
            }

            return new AuthorityFolder(path, locked);
        }
        catch (IOException e)
        {
            throw new StartRefusedException($"CertAuthority:Directory: {path} cannot be used, or another certificate authority uses it: {e.Message}", inner: e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StartRefusedException($"CertAuthority:Directory: {e.Message}", inner: e);
        }
    }

    /// <summary>Names of the pairs that begin so, in the order of their making.</summary>
    public IReadOnlyList<string> List(string prefix) =>
        [.. Directory.GetDirectories(Path, prefix + "*").Select(p => System.IO.Path.GetFileName(p)).Order(StringComparer.Ordinal)];

    /// <summary>Keeps a new key and its certificate.</summary>
    public void Keep(string name, ECDsa key, X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        Keep(name, key, "certificate", CertificateFile, certificate.ExportCertificatePem());
    }

    /// <summary>Keeps a new key that has no certificate, and its public half.</summary>
    public void KeepKey(string name, ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(key);
        Keep(name, key, "public", PublicFile, key.ExportSubjectPublicKeyInfoPem());
    }

    private void Keep(string name, ECDsa key, string step, string file, string pem)
    {
        var making = System.IO.Path.Combine(Path, Making + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)));
        BeforeStep("folder");
        DurableFiles.CreateFolder(making);
        BeforeStep("key");
        DurableFiles.WriteSecret(System.IO.Path.Combine(making, KeyFile), key.ExportPkcs8PrivateKeyPem() + "\n");
        BeforeStep(step);
        DurableFiles.WriteSecret(System.IO.Path.Combine(making, file), pem + "\n");
        DurableFiles.FlushFolder(making);
        BeforeStep("rename");
        Directory.Move(making, System.IO.Path.Combine(Path, name));
        BeforeStep("flush");
        DurableFiles.FlushFolder(Path);
    }

    /// <summary>Reads a pair back. A root's key may be absent: it can stay offline.</summary>
    /// <exception cref="StartRefusedException">It is damaged; the sentence names the file and what to do.</exception>
    public SigningCertificate Load(string name, bool keyMayBeAbsent = false)
    {
        var folder = System.IO.Path.Combine(Path, name);
        var certificatePath = System.IO.Path.Combine(folder, CertificateFile);
        var keyPath = System.IO.Path.Combine(folder, KeyFile);
        var certificate = Read(certificatePath, X509Certificate2.CreateFromPem, "a certificate");
        if (keyMayBeAbsent && !File.Exists(keyPath))
        {
            return new SigningCertificate(name, certificate, null);
        }

        var key = ReadPrivateKey(keyPath);
        return certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo())
            ? new SigningCertificate(name, certificate, key)
            : throw Damaged(keyPath, "does not belong to the certificate beside it");
    }

    /// <summary>Reads back a key that has no certificate.</summary>
    /// <exception cref="StartRefusedException">It is damaged; the sentence names the file and what to do.</exception>
    public ECDsa LoadKey(string name)
    {
        var folder = System.IO.Path.Combine(Path, name);
        var keyPath = System.IO.Path.Combine(folder, KeyFile);
        var key = ReadPrivateKey(keyPath);
        using var half = Read(System.IO.Path.Combine(folder, PublicFile), ReadPem, "a public key");
        return half.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo())
            ? key
            : throw Damaged(keyPath, "does not belong to the public key beside it");
    }

    public void Delete(string name) => Directory.Delete(System.IO.Path.Combine(Path, name), recursive: true);

    public void Dispose() => _lock.Dispose();

    private static ECDsa ReadPrivateKey(string path)
    {
        RefuseIfShared(path);
        var key = Read(path, ReadPem, "a private key");
        try
        {
            _ = key.ExportParameters(includePrivateParameters: true);
            return key;
        }
        catch (CryptographicException)
        {
            throw Damaged(path, "holds only a public key");
        }
    }

    private static ECDsa ReadPem(ReadOnlySpan<char> pem)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(pem);
        return key;
    }

    private static T Read<T>(string path, Func<ReadOnlySpan<char>, T> parse, string what)
    {
        try
        {
            return new FileInfo(path) is { Exists: true, Length: > 0 and < 16 * 1024 }
                ? parse(File.ReadAllText(path))
                : throw Damaged(path, $"is missing, empty or too long to be {what}");
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw Damaged(path, $"is not {what}");
        }
    }

    internal static StartRefusedException Damaged(string path, string fault) => new(
        $"The certificate authority's state is damaged: {path} {fault}. Restore CertAuthority:Directory from a backup, or delete it and the trust anchors file "
        + "to begin a new trust domain in which every service enrolls anew.");

    private static void RefuseIfShared(string path)
    {
        if (!OperatingSystem.IsWindows() && (File.Exists(path) || Directory.Exists(path)) && (File.GetUnixFileMode(path) & DurableFiles.Others) != 0)
        {
            throw new StartRefusedException($"CertAuthority:Directory: {path} is open to other users of this machine; chmod go= it, and consider its keys known if they ever were.");
        }
    }
}
