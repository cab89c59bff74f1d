using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace Zakenak.Gateway.Identity.Jwt;

/// <summary>A public key of an issuer.</summary>
internal sealed class VerificationKey
{
    private const int MinRsaBits = 2048;

    /// <summary>Larger ones make every look at a token expensive.</summary>
    private const int MaxRsaBits = 8192;

    private readonly string _kind;
    private readonly string? _algorithm;

    private VerificationKey(JsonWebKey jwk, string kind, SecurityKey key)
    {
        (Id, Key, _kind, _algorithm) = (jwk.Kid, key, kind, string.IsNullOrEmpty(jwk.Alg) ? null : jwk.Alg);
        key.KeyId = jwk.Kid;

        // Tokens are verified once and then remembered, so that what verifies them need not be.
        key.CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false };
        Text = string.Join('|', jwk.Kid, kind, _algorithm, jwk.N, jwk.E, jwk.X, jwk.Y);
    }

    /// <summary>The <c>kid</c>.</summary>
    public string Id { get; }

    public SecurityKey Key { get; }

    /// <summary>Everything that makes it this key and no other.</summary>
    public string Text { get; }

    /// <summary>Null for what verifies no token: another kind of key, another use, one too weak or too large, or none at all.</summary>
    public static VerificationKey? TryCreate(JsonWebKey jwk)
    {
        if (string.IsNullOrEmpty(jwk.Kid) || jwk.Use is not (null or "" or "sig") || (jwk.KeyOps.Count > 0 && !jwk.KeyOps.Contains("verify")))
            return null;
        try
        {
            return jwk.Kty switch
            {
                "RSA" => TryCreateRsa(jwk),
                "EC" => TryCreateEllipticCurve(jwk),
                _ => null,
            };
        }
        catch (Exception e) when (e is CryptographicException or FormatException or ArgumentException or PlatformNotSupportedException)
        {
            return null;
        }
    }

    public bool Fits(string algorithm) => SigningAlgorithm.Fits(algorithm, _kind) && (_algorithm is null || _algorithm == algorithm);

    private static VerificationKey? TryCreateRsa(JsonWebKey jwk)
    {
        using var rsa = RSA.Create(new RSAParameters { Modulus = Bytes(jwk.N), Exponent = Bytes(jwk.E) });
        return rsa.KeySize is < MinRsaBits or > MaxRsaBits
            ? null
            : new VerificationKey(jwk, jwk.Kty, new RsaSecurityKey(rsa.ExportParameters(includePrivateParameters: false)));
    }

    private static VerificationKey? TryCreateEllipticCurve(JsonWebKey jwk)
    {
        ECCurve? curve = jwk.Crv switch
        {
            "P-256" => ECCurve.NamedCurves.nistP256,
            "P-384" => ECCurve.NamedCurves.nistP384,
            "P-521" => ECCurve.NamedCurves.nistP521,
            _ => null,
        };
        return curve is null
            ? null
            : new VerificationKey(jwk, jwk.Crv, new ECDsaSecurityKey(ECDsa.Create(new ECParameters { Curve = curve.Value, Q = new ECPoint { X = Bytes(jwk.X), Y = Bytes(jwk.Y) } })));
    }

    private static byte[] Bytes(string? text) => Base64Url.DecodeFromChars(text);
}
