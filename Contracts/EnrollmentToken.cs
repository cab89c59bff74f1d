using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Zakenak.Contracts;

/// <summary>Proof, made by whoever starts a process, that this start may enroll as this service: claims and an HMAC-SHA-256, single use.</summary>
public sealed record EnrollmentToken
{
    [JsonPropertyName("sub")] public required string Service { get; init; }

    [JsonPropertyName("ns")] public required string Namespace { get; init; }

    /// <summary>Spent at first use.</summary>
    [JsonPropertyName("jti")] public required string Id { get; init; }

    /// <summary>Seconds since the Unix epoch.</summary>
    [JsonPropertyName("exp")] public required long ExpiresAt { get; init; }

    /// <summary>Claims that nobody made before.</summary>
    public static EnrollmentToken Create(string service, string ns, DateTimeOffset expiresAt) => new()
    {
        Service = service,
        Namespace = ns,
        Id = RandomNumberGenerator.GetHexString(32, lowercase: true),
        ExpiresAt = expiresAt.ToUnixTimeSeconds(),
    };

    /// <summary>Encodes and authenticates the token: <c>base64url(claims).base64url(mac)</c>.</summary>
    public string Protect(ReadOnlySpan<byte> key)
    {
        var claims = JsonSerializer.SerializeToUtf8Bytes(this);
        return Base64Url.EncodeToString(claims) + "." + Base64Url.EncodeToString(HMACSHA256.HashData(key, claims));
    }

    /// <summary>The claims of a token whose MAC is right, or null. The MAC is compared in constant time before anything is parsed; expiry is the caller's to check.</summary>
    public static EnrollmentToken? Unprotect(string token, ReadOnlySpan<byte> key)
    {
        ArgumentNullException.ThrowIfNull(token);
        var dot = token.IndexOf('.', StringComparison.Ordinal);
        if (token.Length > 2048 || dot < 0)
        {
            return null;
        }

        try
        {
            var claims = Base64Url.DecodeFromChars(token.AsSpan(0, dot));
            var mac = Base64Url.DecodeFromChars(token.AsSpan(dot + 1));
            return CryptographicOperations.FixedTimeEquals(mac, HMACSHA256.HashData(key, claims))
                ? JsonSerializer.Deserialize<EnrollmentToken>(claims)
                : null;
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return null;
        }
    }
}
