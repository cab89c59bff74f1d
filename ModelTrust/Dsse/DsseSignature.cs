namespace Zakenak.ModelTrust.Dsse;

/// <summary>One signature of an envelope.</summary>
/// <param name="KeyId">A hint that is not signed itself; empty where there is none.</param>
/// <param name="Signature">DER (RFC 3279) ECDSA over the pre-authentication encoding.</param>
internal sealed record DsseSignature(string KeyId, byte[] Signature);
