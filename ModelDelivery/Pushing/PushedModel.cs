namespace Zakenak.ModelDelivery.Pushing;

/// <summary>A version that the registry has.</summary>
/// <param name="Digest">Model digest, <c>sha256:HEX</c>.</param>
/// <param name="IsNew">False where the registry had it before.</param>
/// <param name="BytesTransferred">Bytes of blobs that crossed the wire; blobs that were there already did not.</param>
public sealed record PushedModel(string Name, string Version, string Digest, bool IsNew, long BytesTransferred);
