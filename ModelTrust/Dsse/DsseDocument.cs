namespace Zakenak.ModelTrust.Dsse;

/// <summary>A kind of document that is signed in an envelope, and how its refusals speak.</summary>
/// <param name="PayloadType">What the signer says that the payload is; signed with it.</param>
/// <param name="Name">How a refusal calls it.</param>
/// <param name="InvalidCode">The code where its form or signature is wrong.</param>
/// <param name="Remedy">What to do about it.</param>
internal sealed record DsseDocument(string PayloadType, string Name, string InvalidCode, string Remedy);
