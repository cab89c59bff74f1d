using System.Text.Json.Serialization;

namespace Zakenak.ModelRegistry;

/// <summary>An unfinished blob: a folder with this record and the bytes so far.</summary>
/// <param name="Caller">SPIFFE id of who began it; nobody else may go on with it.</param>
/// <param name="Digest">What the bytes must come to, <c>sha256:HEX</c>.</param>
/// <param name="Bytes">How many they must be.</param>
/// <param name="Nonce">Of this begin: a hash kept for an upload that was deleted and begun again must not count for the new one.</param>
internal sealed record Upload(
    [property: JsonPropertyName("caller")] string Caller,
    [property: JsonPropertyName("digest")] string Digest,
    [property: JsonPropertyName("bytes")] long Bytes,
    [property: JsonPropertyName("nonce")] string Nonce);
