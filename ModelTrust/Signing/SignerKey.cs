using System.Security.Cryptography;

namespace Zakenak.ModelTrust.Signing;

/// <summary>The public half of a signing key. Immutable; used by any number of threads.</summary>
public sealed class SignerKey
{
    private const string PemLabel = "PUBLIC KEY";
    private const int MaxPemBytes = 16 * 1024;

    private readonly byte[] _publicKeyInfo;
    private readonly SigningCurve _curve;

    private SignerKey(byte[] publicKeyInfo, SigningCurve curve)
    {
        _publicKeyInfo = publicKeyInfo;
        _curve = curve;
        Id = Convert.ToHexStringLower(SHA256.HashData(publicKeyInfo));
        Pem = PemEncoding.WriteString(PemLabel, publicKeyInfo) + "\n";
        Hint = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(Pem)));
    }

    /// <summary>SHA-256 of the DER SubjectPublicKeyInfo, lowercase hex: how Zakenak names a key.</summary>
    public string Id { get; }

    /// <summary>SHA-256 of the PEM text, lowercase hex: what the reference implementation writes as <c>publicKey.hint</c> and insists on.</summary>
    public string Hint { get; }

    public string Pem { get; }

    public SigningCurve Curve => _curve;

    /// <summary>Reads a PEM <c>PUBLIC KEY</c>; a private key or a certificate in its place is refused by name.</summary>
    public static Result<SignerKey> Load(string path)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaxPemBytes })
            {
                return new Refusal(RefusalCodes.KeyMalformed, $"{path} is larger than any public key. Name a PEM file with one PUBLIC KEY.");
            }

            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new Refusal(RefusalCodes.KeyMissing, $"{path} does not exist. Name the PEM file of a public key (`zakenak key create` writes one).");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Refusal(RefusalCodes.KeyMalformed, $"{path} can't be read: {e.Message}");
        }
    }

    public static Result<SignerKey> Parse(string pem, string source)
    {
        ArgumentNullException.ThrowIfNull(pem);
        if (!PemEncoding.TryFind(pem, out var fields))
        {
            return new Refusal(RefusalCodes.KeyMalformed, $"{source} is not a PEM file. It must hold one PUBLIC KEY block.");
        }

        var label = pem[fields.Label];
        if (label != PemLabel)
        {
            return new Refusal(
                RefusalCodes.KeyMalformed,
                $"{source} holds a {label}, not a PUBLIC KEY. Put the public half there, and nothing else.");
        }

        if (PemEncoding.TryFind(pem.AsSpan()[fields.Location.End..], out _))
        {
            return new Refusal(RefusalCodes.KeyMalformed, $"{source} holds more than one PEM block. Give every key a file of its own.");
        }

        return Import(Convert.FromBase64String(pem[fields.Base64Data]), source);
    }

    /// <summary>Whether a bundle's hint names this key: as the reference implementation writes it, by <see cref="Id"/>, or by the same hash in Base64, as Sigstore's tools write it.</summary>
    internal bool IsMeantBy(string hint) => hint == Hint || hint == Id || hint == Convert.ToBase64String(Convert.FromHexString(Id));

    internal bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(_publicKeyInfo, out _);
        return key.VerifyData(data, signature, _curve.ToHashAlgorithm(), DSASignatureFormat.Rfc3279DerSequence);
    }

    internal static Result<SignerKey> Import(ReadOnlySpan<byte> publicKeyInfo, string source)
    {
        try
        {
            using var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(publicKeyInfo, out var read);
            return read == publicKeyInfo.Length
                ? Of(key, source)
                : new Refusal(RefusalCodes.KeyMalformed, $"{source} has bytes after its public key. Export the key again.");
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
        {
            // The second is what a curve raises that the system's library does not know.
            return new Refusal(RefusalCodes.KeyNotSupported, $"{source} is not an elliptic-curve key. Only P-256, P-384 and P-521 are supported.");
        }
    }

    internal static Result<SignerKey> Of(ECDsa key, string source) =>
        SigningCurves.Of(key) is { } curve
            ? new SignerKey(key.ExportSubjectPublicKeyInfo(), curve)
            : new Refusal(RefusalCodes.KeyNotSupported, $"{source} is on another curve. Only P-256, P-384 and P-521 are supported.");
}
