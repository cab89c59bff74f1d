using Zakenak.ModelServer.Watching;
using Zakenak.ModelTrust.Signing;
using Zakenak.ModelTrust.Stages;
using Zakenak.Services.Tests.Audit;
using Zakenak.Services.Tests.Gateway;

namespace Zakenak.Services.Tests.ModelServer.Watching;

public sealed class VersionStandingTests : IDisposable
{
    private static readonly TimeSpan s_grace = TimeSpan.FromHours(1);

    private readonly TemporaryFolder _folder = new();
    private readonly SteppedClock _clock = new();
    private readonly TestTrust _trust;

    public VersionStandingTests() => _trust = new TestTrust(_folder);

    public void Dispose()
    {
        _trust.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void An_approval_ends_to_the_moment_and_a_newer_one_goes_on()
    {
        var standing = Start(Stage(1, lifetime: TimeSpan.FromMinutes(10)));
        Assert.Null(standing.Judge());
        Assert.Equal(TimeSpan.FromMinutes(10), standing.UntilChange);

        _clock.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromTicks(1));
        Assert.Null(standing.Judge());
        _clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal("approval_expired", standing.Judge()?.Code);

        Assert.Null(standing.Take(Stage(2)));
        Assert.Null(standing.Judge());
    }

    [Fact]
    public void The_policy_may_end_too()
    {
        var standing = Start(Stage(1));
        _trust.WritePolicy(ends: _clock.GetUtcNow().AddMinutes(20));
        standing.Policy = _trust.Policy(_clock);
        Assert.Null(standing.Judge());

        _clock.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal("policy_expired", standing.Judge()?.Code);
    }

    [Fact]
    public void Setting_the_clock_back_prolongs_no_approval()
    {
        var standing = Start(Stage(1, lifetime: TimeSpan.FromMinutes(10)));

        _clock.Advance(TimeSpan.FromMinutes(10));
        _clock.SetWallClockBack(TimeSpan.FromDays(1));

        Assert.Equal("approval_expired", standing.Judge()?.Code);
    }

    [Fact]
    public void The_last_word_holds_for_the_grace_whatever_becomes_of_the_clock()
    {
        var stage = Stage(1);
        var standing = Start(stage);
        _clock.SetWallClockBack(TimeSpan.FromHours(5));
        _clock.Advance(s_grace);
        Assert.Null(standing.Judge());

        _clock.SetWallClockBack(-TimeSpan.FromHours(5));
        Assert.Null(standing.Judge());

        _clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal("registry_unreachable", standing.Judge()?.Code);

        Assert.Null(standing.Take(stage));
        Assert.Null(standing.Judge());
    }

    [Theory]
    [InlineData(-59, null)]
    [InlineData(-61, "registry_unreachable")]
    [InlineData(4, null)]
    [InlineData(6, "registry_unreachable")] // a clock that was set back: nobody knows how long ago that was
    public void After_a_restart_the_grace_goes_on_from_when_the_registry_confirmed_last(int minutes, string? code)
    {
        var stage = Stage(1);
        var standing = new VersionStanding(_trust.Policy(_clock), _trust.Evidence(stage), s_grace, _clock.GetUtcNow().AddMinutes(minutes), _clock);

        Assert.Equal(code, standing.Judge()?.Code);
        Assert.Null(standing.Take(stage));
        Assert.Null(standing.Judge());
    }

    [Fact]
    public void Without_a_registry_only_the_approval_counts()
    {
        var standing = new VersionStanding(_trust.Policy(_clock), _trust.Evidence(Stage(1, lifetime: TimeSpan.FromDays(9))), null, DateTimeOffset.MinValue, _clock);

        _clock.Advance(TimeSpan.FromDays(8));
        Assert.Null(standing.Judge());
        _clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal("approval_expired", standing.Judge()?.Code);
    }

    [Fact]
    public void What_is_revoked_stays_revoked_whatever_is_signed_later()
    {
        var standing = Start(Stage(1));

        Assert.Null(standing.Take(Stage(2, revoked: true)));
        Assert.Equal("revoked", standing.Judge()?.Code);

        standing.Take(Stage(3));
        Assert.Equal("revoked", standing.Judge()?.Code);
    }

    [Fact]
    public void A_revocation_that_comes_late_revokes()
    {
        var standing = Start(Stage(7));

        Assert.Null(standing.Take(Stage(6, revoked: true)));

        Assert.Equal("revoked", standing.Judge()?.Code);
    }

    [Fact]
    public void What_was_retired_may_be_approved_again()
    {
        var standing = Start(Stage(1));

        Assert.Null(standing.Take(Stage(2, ModelStage.Retired)));
        Assert.Equal("stage_not_approved", standing.Judge()?.Code);

        Assert.Null(standing.Take(Stage(3)));
        Assert.Null(standing.Judge());
    }

    [Fact]
    public void A_lying_registry_can_withhold_and_nothing_more()
    {
        var standing = Start(Stage(5));
        using var stranger = SigningKey.Create(SigningCurve.P256);
        var forged = Stage(6);
        forged[^20] ^= 1;
        (byte[] Envelope, string Code)[] lies =
        [
            (Stage(4), "statement_replayed"),
            (Stage(5, ModelStage.Retired), "statement_replayed"),
            (_trust.Stage(6, revoked: true, approver: stranger), "signer_not_allowed"),
            (_trust.Stage(6, revoked: true, approver: _trust.Signer), "signer_not_allowed"),
            (_trust.Stage(6, revoked: true, model: "guide:v2"), "statement_invalid"),
            (_trust.Stage(6, revoked: true, digest: TestTrust.Digest.Replace('0', '2')), "statement_invalid"),
            ([], "statement_invalid"),
            ("{}"u8.ToArray(), "statement_invalid"),
        ];

        _clock.Advance(s_grace);
        foreach (var (envelope, code) in lies)
        {
            Assert.Equal(code, standing.Take(envelope)?.Code);
            Assert.Null(standing.Judge());
        }

        Assert.NotNull(standing.Take(forged));

        // None of it confirmed anything.
        _clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal("registry_unreachable", standing.Judge()?.Code);
    }

    [Fact]
    public void A_policy_that_no_longer_allows_the_signer_ends_the_service()
    {
        var standing = Start(Stage(1));
        _trust.WritePolicy(allowsSigner: false);

        standing.Policy = _trust.Policy(_clock);

        Assert.Equal("signer_not_allowed", standing.Judge()?.Code);
    }

    private VersionStanding Start(byte[] stage) => new(_trust.Policy(_clock), _trust.Evidence(stage), s_grace, _clock.GetUtcNow(), _clock);

    private byte[] Stage(long sequence, ModelStage stage = ModelStage.Approved, bool revoked = false, TimeSpan? lifetime = null) =>
        _trust.Stage(sequence, stage, revoked, _clock.GetUtcNow(), lifetime);
}
