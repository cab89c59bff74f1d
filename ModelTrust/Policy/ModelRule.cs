using System.Globalization;
using Zakenak.ModelTrust.Signing;
using Zakenak.ModelTrust.Stages;

namespace Zakenak.ModelTrust.Policy;

/// <summary>What a policy asks of the versions of one model, or of every model that has no rule of its own.</summary>
public sealed class ModelRule
{
    /// <summary>How far the clocks of an approver and of a consumer may be apart.</summary>
    internal static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    /// <summary>A name, or <c>*</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The stages in which a version may be served.</summary>
    public required IReadOnlyList<ModelStage> Stages { get; init; }

    /// <summary>Who may sign the model.</summary>
    public required AllowedSigners Signers { get; init; }

    /// <summary>Who may sign stage statements.</summary>
    public required AllowedSigners Approvers { get; init; }

    public required IReadOnlyList<AttestationRule> Attestations { get; init; }

    /// <summary>How long a stage statement counts after it was issued; null where only its own end matters.</summary>
    public required TimeSpan? MaxAge { get; init; }

    public required RevocationAction OnRevocation { get; init; }

    /// <summary>When the policy that this rule is of ends.</summary>
    internal DateTimeOffset? PolicyExpiresAt { get; init; }

    /// <summary>Everybody whom the policy knows: tells "signed by somebody else" from "not there".</summary>
    public required AllowedSigners Known { get; init; }

    /// <summary>
    /// The one answer to "may this version be served now?": null where it may. Pin, signer, stage, attestations, in this order; the first thing
    /// that is missing or wrong is the refusal.
    /// </summary>
    public Refusal? Decide(VersionEvidence evidence, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        return DecideWithoutAttestations(evidence, now) ?? AttestationCheck.Require(this, evidence, now);
    }

    /// <summary>Whether nothing but an attestation is missing or wrong.</summary>
    public bool LacksAttestation(VersionEvidence evidence, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        return DecideWithoutAttestations(evidence, now) is null && AttestationCheck.Require(this, evidence, now) is not null;
    }

    private Refusal? DecideWithoutAttestations(VersionEvidence evidence, DateTimeOffset now) =>
        ModelName.Check(evidence.Name, evidence.Version)
            ?? RequirePolicy(evidence, now)
            ?? RequirePin(evidence)
            ?? RequireSigner(evidence.Signer)
            ?? RequireStage(evidence, now);

    private Refusal? RequirePolicy(VersionEvidence evidence, DateTimeOffset now) =>
        Name != ModelPolicy.AnyModel && Name != evidence.Name ? ModelPolicy.NotNamed(evidence.Name) : ModelPolicy.RequireInForce(PolicyExpiresAt, now);

    private static Refusal? RequirePin(VersionEvidence evidence) => evidence.PinnedDigest is { } pinned && pinned != evidence.ModelDigest
        ? new Refusal(
            RefusalCodes.DigestNotPinned,
            $"{evidence.Name}:{evidence.Version} has the model digest {evidence.ModelDigest}, but {pinned} is pinned here. Get the version that is pinned, or pin this one if it is the one you want.")
        : null;

    private Refusal? RequireSigner(Signer signer) => Signers.Allows(signer)
        ? null
        : Signers.RefuseDevelopment(signer.KeyId) ?? new Refusal(
            RefusalCodes.SignerNotAllowed,
            $"The model is signed by {signer}, whom the policy does not allow for it. Allow that signer in the policy if you trust it, or have the model signed by one that is allowed.");

    private Refusal? RequireStage(VersionEvidence evidence, DateTimeOffset now)
    {
        var subject = ModelName.Subject(evidence.Name, evidence.Version);
        if (evidence.Seen is { Revoked: true })
        {
            return Revoked(subject, RevocationReason(evidence));
        }

        if (evidence.StageEnvelope is not { } envelope)
        {
            return new Refusal(RefusalCodes.ApprovalMissing, $"{subject} is a draft: no stage statement says that it may be served. Have an approver promote it with `zakenak model promote`.");
        }

        var opened = StageStatement.Open(envelope, Approvers);
        if (!opened.IsSuccess)
        {
            return opened.Refusal;
        }

        var statement = opened.Value;
        if (statement.RequireSubject(evidence.Name, evidence.Version, evidence.ModelDigest) is { } other)
        {
            return other;
        }

        var admitted = StageRecord.Admit(evidence.Seen, statement);
        return !admitted.IsSuccess ? admitted.Refusal
            : admitted.Value.Revoked ? Revoked(subject, statement.Reason)
            : !Stages.Contains(statement.Stage) ? new Refusal(
                RefusalCodes.StageNotApproved,
                $"{subject} is {statement.Stage}, and the policy lets {string.Join(" and ", Stages)} be served. Have an approver promote it with `zakenak model promote`.")
            : RequireTime(statement, now);
    }

    /// <summary>Empty where the statement that revoked it is not the newest, or not at hand.</summary>
    private string RevocationReason(VersionEvidence evidence) =>
        evidence.StageEnvelope is { } envelope && StageStatement.Open(envelope, Approvers).Value is { Revoked: true } statement
            && statement.RequireSubject(evidence.Name, evidence.Version, evidence.ModelDigest) is null
            ? statement.Reason
            : "";

    private Refusal? RequireTime(StageStatement statement, DateTimeOffset now) =>
        statement.IssuedAt - now > ClockSkew ? new Refusal(
            RefusalCodes.StatementInvalid, $"The stage statement about {statement.Subject} is of {Say(statement.IssuedAt)}, which is still to come. Set the clocks of this machine and of the approver's.")
        : now >= statement.ExpiresAt ? new Refusal(
            RefusalCodes.ApprovalExpired, $"The stage statement about {statement.Subject} ended at {Say(statement.ExpiresAt)}. Have an approver promote it again.")
        : now - statement.IssuedAt > MaxAge ? new Refusal(
            RefusalCodes.ApprovalExpired, $"The stage statement about {statement.Subject} is of {Say(statement.IssuedAt)}, and the policy lets it count for {MaxAge.Value.TotalDays} days. Have an approver promote it again.")
        : null;

    private static Refusal Revoked(string subject, string reason) => new(
        RefusalCodes.Revoked,
        $"{subject} is revoked{(reason.Length > 0 ? $" ({reason})" : "")} and never served again. Serve another version.");

    internal static string Say(DateTimeOffset date) => date.UtcDateTime.ToString("u", CultureInfo.InvariantCulture);
}
