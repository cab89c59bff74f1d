using System.Text.Json;
using System.Text.Json.Serialization;

namespace Zakenak.Contracts;

/// <summary><c>GET /v1/models</c> of the model registry.</summary>
public sealed record ModelListing([property: JsonPropertyName("models")] IReadOnlyList<ModelListingEntry> Models);

/// <summary>One model with its versions, oldest first.</summary>
public sealed record ModelListingEntry(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("versions")] IReadOnlyList<VersionSummary> Versions);

/// <summary>What a list says of one version; the proof is in <see cref="VersionDocument"/>.</summary>
/// <param name="Version"><c>v1</c>, <c>v2</c>, …</param>
/// <param name="Digest">Model digest, <c>sha256:HEX</c>.</param>
/// <param name="Stage">Draft, Staging, Approved or Retired.</param>
/// <param name="Revoked">Whether it was revoked; there is no way back.</param>
/// <param name="Bytes">Size of all its files.</param>
public sealed record VersionSummary(
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("digest")] string Digest,
    [property: JsonPropertyName("stage")] string Stage,
    [property: JsonPropertyName("revoked")] bool Revoked,
    [property: JsonPropertyName("bytes")] long Bytes);

/// <summary>
/// <c>GET /v1/models/{name}/versions/{version}</c>: everything by which a consumer checks the version for itself. <c>stage</c>, <c>revoked</c> and
/// <c>history</c> are the registry's reading of the signed statements, for people; programs decide by the statements.
/// </summary>
public sealed record VersionDocument
{
    [JsonPropertyName("name")] public required string Name { get; init; }

    [JsonPropertyName("version")] public required string Version { get; init; }

    /// <summary>Model digest, <c>sha256:HEX</c>.</summary>
    [JsonPropertyName("digest")] public required string Digest { get; init; }

    /// <summary>Draft, Staging, Approved or Retired.</summary>
    [JsonPropertyName("stage")] public required string Stage { get; init; }

    [JsonPropertyName("revoked")] public required bool Revoked { get; init; }

    [JsonPropertyName("files")] public required IReadOnlyList<VersionFile> Files { get; init; }

    /// <summary>The Sigstore bundles over the files, as they were pushed; the first is written as <c>model.sig</c>. Base64 of the bytes.</summary>
    [JsonPropertyName("signatures")] public required IReadOnlyList<byte[]> Signatures { get; init; }

    /// <summary>DSSE envelopes bound to the digest.</summary>
    [JsonPropertyName("attestations")] public required IReadOnlyList<JsonElement> Attestations { get; init; }

    /// <summary>The DSSE envelope with the newest stage statement; null for a draft.</summary>
    [JsonPropertyName("stage_statement")] public JsonElement? StageStatement { get; init; }

    /// <summary>Oldest first.</summary>
    [JsonPropertyName("history")] public required IReadOnlyList<HistoryEntry> History { get; init; }
}

/// <summary>One file of a version; its bytes are <c>GET /v1/blobs/{digest}</c>.</summary>
/// <param name="Path">Relative, with <c>/</c>.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Digest"><c>sha256:HEX</c>.</param>
public sealed record VersionFile(
    [property: JsonPropertyName("path")] string Path,
    [property: JsonPropertyName("bytes")] long Bytes,
    [property: JsonPropertyName("digest")] string Digest);

/// <summary>What happened to a version.</summary>
/// <param name="At">When the registry took it in.</param>
/// <param name="Caller">SPIFFE id of who sent it.</param>
/// <param name="Action">pushed, attested, promoted, retired or revoked.</param>
/// <param name="Stage">The stage since then.</param>
/// <param name="Sequence">Of the stage statement; null where there is none.</param>
/// <param name="SignerKeyId">Who signed it.</param>
/// <param name="Event">Id of the event of <c>GET /v1/events</c> that told it.</param>
/// <param name="Change">The same id stands in the audit record of this change.</param>
public sealed record HistoryEntry(
    [property: JsonPropertyName("at")] DateTimeOffset At,
    [property: JsonPropertyName("caller")] string Caller,
    [property: JsonPropertyName("action")] string Action,
    [property: JsonPropertyName("stage")] string Stage,
    [property: JsonPropertyName("sequence")] long? Sequence,
    [property: JsonPropertyName("signer_key_id")] string? SignerKeyId,
    [property: JsonPropertyName("event")] long Event = 0,
    [property: JsonPropertyName("change")] string Change = "");

/// <summary><c>PUT /v1/models/{name}/versions/{version}</c>, once every blob is there.</summary>
public sealed record PushVersionRequest(
    [property: JsonPropertyName("files")] IReadOnlyList<VersionFile> Files,
    [property: JsonPropertyName("signatures")] IReadOnlyList<byte[]> Signatures);

/// <summary><c>POST /v1/uploads</c>.</summary>
public sealed record UploadRequest(
    [property: JsonPropertyName("digest")] string Digest,
    [property: JsonPropertyName("bytes")] long Bytes);

/// <summary>Answer to <see cref="UploadRequest"/>.</summary>
/// <param name="Location">Where to <c>PATCH</c> from <paramref name="Offset"/> on; null where the blob is there already.</param>
/// <param name="Offset">Bytes that the registry holds durably.</param>
public sealed record UploadState(
    [property: JsonPropertyName("location")] string? Location,
    [property: JsonPropertyName("offset")] long Offset);

/// <summary>The data of one event of <c>GET /v1/events</c> (SSE); its id is a number that only grows.</summary>
/// <param name="Kind">pushed, attested, promoted, retired or revoked.</param>
public sealed record RegistryEvent(
    [property: JsonPropertyName("kind")] string Kind,
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("version")] string Version);
