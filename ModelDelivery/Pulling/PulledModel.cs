using Zakenak.Contracts;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelDelivery.Pulling;

/// <summary>A version that lies whole in its folder.</summary>
/// <param name="Fetched">As written to <c>fetched.json</c>.</param>
/// <param name="Proof">What the signature proved.</param>
/// <param name="Document">What the registry said of it.</param>
/// <param name="BytesTransferred">Bytes of blobs that crossed the wire; what was there already did not.</param>
public sealed record PulledModel(FetchedModel Fetched, SignedModel Proof, VersionDocument Document, long BytesTransferred);
