using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Policy;
using Zakenak.ModelTrust.Stages;

namespace Zakenak.ModelServer.Watching;

/// <summary>
/// Whether one version may be served, by policy, by its newest stage statement, and by when the registry last confirmed that. Setting the
/// wall clock back prolongs neither an approval nor the grace; setting it forward touches no more than approvals. For one caller at a time.
/// </summary>
public sealed class VersionStanding
{
    // Clocks differ by some; what was confirmed further in the future than this may have been confirmed at any time.
    private static readonly TimeSpan s_clockSkew = TimeSpan.FromMinutes(5);

    private readonly TimeSpan? _grace;
    private readonly TimeProvider _time;
    private readonly DateTimeOffset _startedAt;
    private readonly long _started;
    private DateTimeOffset _approvedUntil = DateTimeOffset.MaxValue;
    private TimeSpan _confirmedBefore;
    private long _confirmed;

    /// <param name="policy">What may be served here.</param>
    /// <param name="evidence">What is proved of the version.</param>
    /// <param name="grace">How long a confirmation holds; null where there is no registry to confirm anything.</param>
    /// <param name="confirmedAt">When the registry last did, by the wall clock of then.</param>
    /// <param name="time">Its timestamps measure the grace, its wall clock the approval.</param>
    public VersionStanding(ModelPolicy policy, VersionEvidence evidence, TimeSpan? grace, DateTimeOffset confirmedAt, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(evidence);
        ArgumentNullException.ThrowIfNull(time);
        (Policy, Evidence, _grace, _time) = (policy, evidence, grace, time);
        (_startedAt, _started, _confirmed) = (time.GetUtcNow(), time.GetTimestamp(), time.GetTimestamp());
        var age = _startedAt - confirmedAt;
        _confirmedBefore = age >= TimeSpan.Zero ? age : age > -s_clockSkew ? TimeSpan.Zero : TimeSpan.MaxValue / 2;
        if (evidence.StageEnvelope is { } stage)
        {
            Admit(stage);
        }
    }

    public ModelPolicy Policy { get; set; }

    public VersionEvidence Evidence { get; private set; }

    /// <summary>What the newest stage statement says, by its signed word; null before there is one. May be read by anybody.</summary>
    public string? Stage { get; private set; }

    /// <summary>What becomes of the answers under way once it is revoked.</summary>
    public RevocationAction OnRevocation => Policy.For(Evidence.Name)?.OnRevocation ?? RevocationAction.Cut;

    /// <summary>When to judge again though nothing was heard: the approval ends, or the grace does. Zero or less where that has happened.</summary>
    public TimeSpan UntilChange => _approvedUntil - Now is var approved && GraceLeft is { } grace && grace > TimeSpan.Zero && grace < approved ? grace : approved;

    /// <summary>Whether nothing but an attestation is missing or wrong: one that the policy asks for now, or that has become too old.</summary>
    public bool LacksAttestation => Policy.For(Evidence.Name)?.LacksAttestation(Evidence, Now) ?? false;

    private TimeSpan? GraceLeft => _grace - SinceConfirmed;

    private TimeSpan SinceConfirmed => _confirmedBefore + _time.GetElapsedTime(_confirmed);

    // Whoever sets the clock back does not get the time again that this process has lived through.
    private DateTimeOffset Now => Max(_time.GetUtcNow(), _startedAt + _time.GetElapsedTime(_started));

    /// <summary>Null where it may be served now.</summary>
    public Refusal? Judge() =>
        Policy.Decide(Evidence, Now)
        ?? (GraceLeft < TimeSpan.Zero
            ? new Refusal(
                RefusalCodes.RegistryUnreachable,
                $"The registry has not confirmed {Evidence.Name}:{Evidence.Version} for longer than Registry:UnreachableGrace ({_grace}), so nobody knows whether it is still approved. Bring the registry back.")
            : null);

    /// <summary>The registry gave this envelope as the newest. Believed only as far as it is signed: a refusal leaves everything as it was, and is no confirmation.</summary>
    public Refusal? Take(ReadOnlyMemory<byte> stageEnvelope)
    {
        var refusal = Admit(stageEnvelope);
        if (refusal is null)
        {
            (_confirmedBefore, _confirmed) = (TimeSpan.Zero, _time.GetTimestamp());
        }

        return refusal;
    }

    /// <summary>The registry has these attestations now. Each proves itself or is none.</summary>
    public void Take(IEnumerable<byte[]> attestations) => Evidence = Evidence with { Attestations = [.. attestations.Select(envelope => (ReadOnlyMemory<byte>)envelope)] };

    private Refusal? Admit(ReadOnlyMemory<byte> stageEnvelope)
    {
        if (Policy.For(Evidence.Name) is not { } rule)
        {
            return null; // Judge refuses it.
        }

        var opened = StageStatement.Open(stageEnvelope, rule.Approvers);
        if (!opened.IsSuccess)
        {
            return opened.Refusal;
        }

        var statement = opened.Value;
        if (statement.RequireSubject(Evidence.Name, Evidence.Version, Evidence.ModelDigest) is { } otherSubject)
        {
            return otherSubject;
        }

        var admitted = StageRecord.Admit(Evidence.Seen, statement);
        if (!admitted.IsSuccess)
        {
            return admitted.Refusal;
        }

        // A revocation that comes late marks the record; the newest statement stays the one that counts otherwise.
        if (admitted.Value.PayloadDigest == statement.PayloadDigest)
        {
            Evidence = Evidence with { StageEnvelope = stageEnvelope };
            _approvedUntil = statement.ExpiresAt;
            Stage = statement.Stage.ToString();
        }

        Evidence = Evidence with { Seen = admitted.Value };
        return null;
    }

    private static DateTimeOffset Max(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
