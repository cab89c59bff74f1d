using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Zakenak.Services.Tests.Gateway.Identity;

/// <summary>An identity provider in memory: its keys, its tokens, and tokens that are wrong in one way.</summary>
internal sealed class TestIssuer : IDisposable
{
    public const string Issuer = "https://idp.example/realm";
    public const string Audience = "zakenak";
    public const string Rsa = "rsa-1";
    public const string Curve = "ec-1";

    private readonly RSA _rsa = RSA.Create(2048);
    private readonly ECDsa _curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public RSA RsaKey => _rsa;

    /// <summary>Its key set: an RSA key and one of P-256.</summary>
    public string Jwks(string rsaId = Rsa, string curveId = Curve) =>
        new JsonObject { ["keys"] = new JsonArray(Jwk(_rsa, rsaId), Jwk(_curve, curveId)) }.ToJsonString();

    /// <summary>Makes a gateway accept its tokens.</summary>
    public static (string Key, string Value)[] Settings(string jwksFile) =>
    [
        ("Jwt:Issuers:0:Name", "corp"),
        ("Jwt:Issuers:0:Issuer", Issuer),
        ("Jwt:Issuers:0:Audiences:0", Audience),
        ("Jwt:Issuers:0:JwksFile", jwksFile),
        ("Jwt:Issuers:0:Tenant", "acme"),
        ("Jwt:Issuers:0:ScopePrefix", "zakenak:"),
        ("Jwt:Issuers:0:Models:0", "guide"),
    ];

    public static JsonObject Jwk(RSA rsa, string id)
    {
        var key = rsa.ExportParameters(false);
        return new JsonObject { ["kty"] = "RSA", ["kid"] = id, ["n"] = Base64Url.EncodeToString(key.Modulus), ["e"] = Base64Url.EncodeToString(key.Exponent) };
    }

    public static JsonObject Jwk(ECDsa curve, string id)
    {
        var key = curve.ExportParameters(false);
        return new JsonObject { ["kty"] = "EC", ["crv"] = "P-256", ["kid"] = id, ["x"] = Base64Url.EncodeToString(key.Q.X), ["y"] = Base64Url.EncodeToString(key.Q.Y) };
    }

    /// <summary>A good token, but for what is changed about it.</summary>
    public string Token(DateTimeOffset now, Action<JsonObject>? claims = null, Action<JsonObject>? header = null, string algorithm = "ES256", string? id = null)
    {
        var head = new JsonObject { ["alg"] = algorithm, ["kid"] = id ?? (algorithm[0] == 'E' ? Curve : Rsa), ["typ"] = "at+jwt" };
        header?.Invoke(head);
        var payload = new JsonObject
        {
            ["iss"] = Issuer,
            ["aud"] = Audience,
            ["sub"] = "alice@example.com",
            ["iat"] = now.ToUnixTimeSeconds(),
            ["nbf"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.AddMinutes(5).ToUnixTimeSeconds(),
            ["scope"] = "openid zakenak:chat zakenak:models",
        };
        claims?.Invoke(payload);
        return Signed(head.ToJsonString(), payload.ToJsonString(), bytes => Sign(bytes, algorithm));
    }

    /// <summary>A token of any text, signed by anything.</summary>
    public static string Signed(string header, string payload, Func<byte[], byte[]> sign)
    {
        var text = $"{Encode(header)}.{Encode(payload)}";
        return $"{text}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(text)))}";
    }

    public static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    public byte[] Sign(byte[] bytes, string algorithm)
    {
        var hash = algorithm[2..] switch { "384" => HashAlgorithmName.SHA384, "512" => HashAlgorithmName.SHA512, _ => HashAlgorithmName.SHA256 };
        return algorithm[..2] switch
        {
            "RS" => _rsa.SignData(bytes, hash, RSASignaturePadding.Pkcs1),
            "PS" => _rsa.SignData(bytes, hash, RSASignaturePadding.Pss),
            "ES" => _curve.SignData(bytes, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
            "HS" => HMACSHA256.HashData(Encoding.ASCII.GetBytes(_rsa.ExportSubjectPublicKeyInfoPem()), bytes),
            _ => [],
        };
    }

    public void Dispose()
    {
        _rsa.Dispose();
        _curve.Dispose();
    }
}
