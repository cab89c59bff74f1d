using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Zakenak.ModelTrust.Signing;

/// <summary>A private key that signs models. Holds key material until disposed.</summary>
public sealed class SigningKey : IDisposable
{
    private const int MaxPemBytes = 16 * 1024;

    private readonly ECDsa _key;

    private SigningKey(ECDsa key, SignerKey publicKey)
    {
        _key = key;
        PublicKey = publicKey;
    }

    public SignerKey PublicKey { get; }

    /// <summary>What the signatures of this key carry along; null where it signs by the method 'key'.</summary>
    public CertificateChain? Chain { get; internal set; }

    /// <summary>From here on signs by the certificate method. Null where one of the certificates is this key's, valid now and for signing.</summary>
    public Refusal? Certify(CertificateChain chain, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(chain);
        ArgumentNullException.ThrowIfNull(time);
        var own = chain.Certificates.FirstOrDefault(der => CertificateChain.KeyOf(der).Value?.Id == PublicKey.Id);
        if (own is null)
        {
            return new Refusal(RefusalCodes.CertificateUntrusted, "None of the certificates is for this private key. Name the chain whose first certificate was issued for it.");
        }

        using var leaf = X509CertificateLoader.LoadCertificate(own);
        if (CertificateVerifier.RequireUsable(leaf, time.GetUtcNow()) is { } unusable)
        {
            return unusable;
        }

        Chain = new CertificateChain([own, .. chain.Certificates.Where(der => !der.AsSpan().SequenceEqual(own))]);
        return null;
    }

    public static SigningKey Create(SigningCurve curve)
    {
        var key = ECDsa.Create(curve.ToNamedCurve());
        return new SigningKey(key, SignerKey.Of(key, "the new key").Value!);
    }

    /// <summary>Reads an unencrypted PEM private key, PKCS #8 (<c>PRIVATE KEY</c>) or SEC 1 (<c>EC PRIVATE KEY</c>).</summary>
    public static Result<SigningKey> Load(string path)
    {
        char[] pem = [];
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaxPemBytes })
            {
                return new Refusal(RefusalCodes.KeyMalformed, $"{path} is larger than any private key. Name the PEM file of one key.");
            }

            var bytes = File.ReadAllBytes(path);
            pem = System.Text.Encoding.UTF8.GetChars(bytes);
            CryptographicOperations.ZeroMemory(bytes);
            return Parse(pem, path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new Refusal(RefusalCodes.KeyMissing, $"{path} does not exist. Make a key with `zakenak key create --out {path}`.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Refusal(RefusalCodes.KeyMalformed, $"{path} can't be read: {e.Message}");
        }
        finally
        {
            Array.Clear(pem);
        }
    }

    /// <summary>The key as PKCS #8 PEM. The caller clears the array when it has been written.</summary>
    public char[] ExportPem()
    {
        var encoded = _key.ExportPkcs8PrivateKey();
        try
        {
            return [.. PemEncoding.Write("PRIVATE KEY", encoded), '\n'];
        }
        finally
        {
            CryptographicOperations.ZeroMemory(encoded);
        }
    }

    public void Dispose() => _key.Dispose();

    internal byte[] Sign(ReadOnlySpan<byte> data) =>
        _key.SignData(data, PublicKey.Curve.ToHashAlgorithm(), DSASignatureFormat.Rfc3279DerSequence);

    private static Result<SigningKey> Parse(ReadOnlySpan<char> pem, string path)
    {
        if (pem.Contains("BEGIN ENCRYPTED", StringComparison.Ordinal) || pem.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal))
        {
            return new Refusal(
                RefusalCodes.KeyNotSupported,
                $"{path} is encrypted. Decrypt it into a file that only you can read (`openssl pkey -in {path} -out plain.pem`) and name that.");
        }

        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            key.ExportParameters(includePrivateParameters: true).D.AsSpan().Clear();
            var publicKey = SignerKey.Of(key, path);
            if (publicKey.IsSuccess)
            {
                return new SigningKey(key, publicKey.Value);
            }

            key.Dispose();
            return publicKey.Refusal;
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException or PlatformNotSupportedException)
        {
            key.Dispose();
            return new Refusal(
                RefusalCodes.KeyMalformed,
                $"{path} holds no elliptic-curve private key. Make one with `zakenak key create`, or name a PEM file with one PRIVATE KEY.");
        }
    }
}
