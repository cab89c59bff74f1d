using Zakenak.ModelTrust.Attestations;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelTrust.Policy;

/// <summary>An attestation that a version must have.</summary>
/// <param name="Type">What it attests.</param>
/// <param name="Signers">Whose word counts for it.</param>
/// <param name="MaxAge">How old what is attested may be, by <see cref="Attestation.Date"/>; null where age does not matter.</param>
public sealed record AttestationRule(AttestationType Type, AllowedSigners Signers, TimeSpan? MaxAge);
