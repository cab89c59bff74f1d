using Zakenak.ModelTrust.Attestations;

namespace Zakenak.ModelTrust.Policy;

/// <summary>Whether a version has every attestation that its rule asks for.</summary>
internal static class AttestationCheck
{
    /// <summary>Whoever sends more only makes us verify more.</summary>
    private const int MaxAttestations = 64;

    public static Refusal? Require(ModelRule rule, VersionEvidence evidence, DateTimeOffset now)
    {
        if (rule.Attestations.Count == 0)
        {
            return null;
        }

        if (evidence.Attestations.Count > MaxAttestations)
        {
            return new Refusal(RefusalCodes.AttestationInvalid, $"{evidence.Name}:{evidence.Version} has {evidence.Attestations.Count} attestations; {MaxAttestations} is the most. Remove those that nobody needs.");
        }

        // Nothing is parsed that nobody known has signed, so of a stranger's attestation not even the type is known.
        var opened = evidence.Attestations.Select(envelope => (envelope, Attestation.Open(envelope, rule.Known))).ToList();
        return rule.Attestations.Select(required => Require(required, opened, evidence, now)).FirstOrDefault(refusal => refusal is not null);
    }

    private static Refusal? Require(AttestationRule required, List<(ReadOnlyMemory<byte> Envelope, Result<Attestation> Result)> opened, VersionEvidence evidence, DateTimeOffset now)
    {
        List<Refusal> refusals = [];
        foreach (var (envelope, result) in opened.Where(one => one.Result.IsSuccess && required.Type.Covers(one.Result.Value.PredicateType)))
        {
            if (Check(required, envelope, result.Value!, evidence, now) is not { } refusal)
            {
                return null;
            }

            refusals.Add(refusal);
        }

        // The nearest miss says best what to do: one of the right type, else one that can't be read, else none at all.
        var why = refusals.MaxBy(refusal => refusal.Code is RefusalCodes.AttestationExpired ? 2 : refusal.Code is RefusalCodes.SignerNotAllowed ? 1 : 0)
            ?? opened.Select(one => one.Result.Refusal).FirstOrDefault(refusal => refusal is not null);
        var need = $"{evidence.Name}:{evidence.Version} needs an attestation of type '{required.Type}'";
        return why is null
            ? new Refusal(RefusalCodes.AttestationMissing, $"{need} and has none. Make one with `zakenak model attest`.")
            : new Refusal(why.Code, $"{need}, and none counts. {why.Message}");
    }

    private static Refusal? Check(AttestationRule required, ReadOnlyMemory<byte> envelope, Attestation attestation, VersionEvidence evidence, DateTimeOffset now)
    {
        if (attestation.RequireSubject(evidence.Name, evidence.Version, evidence.ModelDigest) is { } other)
        {
            return other;
        }

        // A certificate may have several names, of which the policy's list as a whole found another one first.
        if (!required.Signers.Allows(attestation.Signer) && !Attestation.Open(envelope, required.Signers).IsSuccess)
        {
            return new Refusal(
                RefusalCodes.SignerNotAllowed,
                $"It is signed by {attestation.Signer}, whom the policy does not allow for this type. Have it signed by somebody whom it allows.");
        }

        if (required.MaxAge is not { } maxAge)
        {
            return null;
        }

        return attestation.Date is not { } date
            ? new Refusal(RefusalCodes.AttestationInvalid, "The policy limits its age, and it has no date that can be read. Attest again with a document that says when it was made.")
            : date - now > ModelRule.ClockSkew
            ? new Refusal(RefusalCodes.AttestationInvalid, $"It is of {ModelRule.Say(date)}, which is still to come. Set the clocks of this machine and of the attester's.")
            : now - date > maxAge
            ? new Refusal(RefusalCodes.AttestationExpired, $"It is of {ModelRule.Say(date)}, and the policy lets it count for {maxAge.TotalDays} days. Attest again.")
            : null;
    }
}
