using System.Text.Json.Serialization;
using Zakenak.Contracts;

namespace Zakenak.ServiceDefaults.Grants;

/// <summary>What issuer and verifier agree on: a compact JWS (RFC 7515) of a <see cref="Grant"/> with such a header.</summary>
internal static class GrantFormat
{
    /// <summary>Nothing else is ever accepted; the header only repeats it (RFC 8725, section 3.1).</summary>
    public const string Algorithm = "ES256";

    /// <summary>Explicit typing, so that no other JWS signed with an SVID's key passes for a grant (RFC 8725, section 3.11).</summary>
    public const string Type = "zakenak-grant+jwt";

    /// <summary>Characters. Two certificates take about 3,000; Kestrel takes 32 KiB of headers.</summary>
    public const int MaxLength = 16 * 1024;

    /// <summary>r and s of P-256 (RFC 7518, section 3.4).</summary>
    public const int SignatureBytes = 64;

    /// <summary>The same in base64url.</summary>
    public const int SignatureCharacters = 86;

    /// <summary>Certificates in <c>x5c</c>: the leaf and what leads to a root.</summary>
    public const int MaxCertificates = 4;
}

/// <summary>The protected header. Its signer's certificate is either in it, or shown by the connection that it comes over, and named.</summary>
internal sealed record GrantHeader(
    [property: JsonPropertyName("alg")] string Algorithm,
    [property: JsonPropertyName("typ")] string Type)
{
    /// <summary>The leaf and what leads to a root.</summary>
    [JsonPropertyName("x5c")] public IReadOnlyList<string>? Certificates { get; init; }

    /// <summary>The leaf's SHA-256 in base64url.</summary>
    [JsonPropertyName("x5t#S256")] public string? Thumbprint { get; init; }
}

/// <summary>Strict: a member that is unknown or comes twice is refused, because a limit that a reader skips is no limit.</summary>
[JsonSourceGenerationOptions(
    AllowDuplicateProperties = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = 5)] // four, and a level for the value when the serializer writes
[JsonSerializable(typeof(Grant))]
[JsonSerializable(typeof(GrantHeader))]
internal sealed partial class GrantJson : JsonSerializerContext;
