using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.Audit;
using Zakenak.Services.Tests.CertAuthority;

namespace Zakenak.Services.Tests.ServiceDefaults;

[Collection(nameof(WorkloadLifeTests))] // the process's exit code
public class SvidRenewalTests
{
    private static readonly TestTrustDomain _domain = new();

    [Fact]
    public async Task A_machine_that_slept_past_the_expiry_finds_its_identity_lost()
    {
        var before = Environment.ExitCode;
        var time = new ManualTime(DateTimeOffset.UtcNow);
        var identity = new WorkloadIdentity(SpiffeId.ForService(_domain.TrustDomain, "dev", ServiceNames.Gateway));
        var source = new ScriptedSource(identity.Id);
        var lifetime = new Lifetime();
        using var renewal = new SvidRenewal(identity, identity, source, new RenewalStatus(), time, lifetime, NullLogger<SvidRenewal>.Instance);
        try
        {
            await renewal.StartAsync(TestContext.Current.CancellationToken);
            await identity.WaitForSvidAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
            Assert.Equal([SvidProof.Token], source.Asked);

            source.Refuse = true; // the token is spent
            await Eventually.IsTrueAsync(
                () =>
                {
                    time.Advance(TimeSpan.FromHours(2)); // asleep: no timer fired in between
                    return lifetime.Stopped;
                },
                "the process stops");
            Assert.Equal([SvidProof.Token, SvidProof.Token], source.Asked);
            Assert.Equal(ExitCodes.IdentityLost, Environment.ExitCode);
        }
        finally
        {
            await renewal.StopAsync(CancellationToken.None);
            Environment.ExitCode = before;
        }
    }

    [Theory]
    [InlineData(-3)]
    [InlineData(-3000)]
    public async Task A_clock_that_is_set_back_does_not_let_an_identity_run_out(int hours)
    {
        var time = new ManualTime(DateTimeOffset.UtcNow);
        var identity = new WorkloadIdentity(SpiffeId.ForService(_domain.TrustDomain, "dev", ServiceNames.Gateway));
        var source = new ScriptedSource(identity.Id);
        using var renewal = new SvidRenewal(identity, identity, source, new RenewalStatus(), time, new Lifetime(), NullLogger<SvidRenewal>.Instance);
        await renewal.StartAsync(TestContext.Current.CancellationToken);
        await identity.WaitForSvidAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(60));

        await Eventually.IsTrueAsync(() => time.IsAwaited, "the renewal waits", seconds: 60);

        // For everybody else the hour of the SVID goes on.
        time.WallClockError = TimeSpan.FromHours(hours);
        for (var minutes = 0.0; minutes < 58; minutes += 1 / 6.0)
        {
            await Eventually.IsTrueAsync(() => time.IsAwaited, "the renewal waits again", seconds: 60);
            time.Advance(TimeSpan.FromSeconds(10));
        }

        await Eventually.IsTrueAsync(() => source.Asked.Count > 1, "it was renewed", seconds: 60);
        Assert.All(source.Asked.Skip(1), proof => Assert.Equal(SvidProof.CurrentSvid, proof));
        await renewal.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task An_identity_that_somebody_else_supplies_is_left_alone()
    {
        var source = new ScriptedSource(_domain.CreateIdentity(ServiceNames.Gateway).Id);
        using var renewal = new SvidRenewal(
            _domain.CreateIdentity(ServiceNames.Gateway),
            new WorkloadIdentity(source.Id),
            source,
            new RenewalStatus(),
            TimeProvider.System,
            new Lifetime(),
            NullLogger<SvidRenewal>.Instance);
        await renewal.StartAsync(TestContext.Current.CancellationToken);
        await renewal.ExecuteTask!;
        Assert.Empty(source.Asked);
    }

    [Fact]
    public void Renewal_is_due_at_half_life_give_or_take_a_tenth()
    {
        var now = DateTimeOffset.UnixEpoch;
        Assert.Equal(24, (RenewalSchedule.DueAt(now, now.AddHours(1), 0) - now).TotalMinutes, 3);
        Assert.Equal(30, (RenewalSchedule.DueAt(now, now.AddHours(1), 0.5) - now).TotalMinutes, 3);
        Assert.Equal(36, (RenewalSchedule.DueAt(now, now.AddHours(1), 1) - now).TotalMinutes, 3);
    }

    [Fact]
    public void Retries_are_never_instant_and_never_slower_than_what_is_left_allows() =>
        Prop.ForAll<PositiveInt, int, NormalFloat>((failures, leftSeconds, random) =>
        {
            var r = Math.Abs(random.Get % 1);
            var left = TimeSpan.FromSeconds(leftSeconds);
            var waiting = RenewalSchedule.RetryAfter(failures.Get, null, r);
            var renewing = RenewalSchedule.RetryAfter(failures.Get, left, r);
            return waiting >= TimeSpan.FromMilliseconds(125) && waiting <= TimeSpan.FromSeconds(1)
                && renewing >= TimeSpan.FromMilliseconds(125) && renewing <= TimeSpan.FromSeconds(30)
                && (left < TimeSpan.FromSeconds(2.5) || renewing <= left / 10);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void An_answer_is_checked_before_it_becomes_an_identity()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var gateway = SpiffeId.ForService(_domain.TrustDomain, "dev", ServiceNames.Gateway);
        var other = SpiffeId.ForService(_domain.TrustDomain, "dev", ServiceNames.ModelServer);
        var elsewhere = new TestTrustDomain();
        Assert.Contains("over another key", Read(_domain.Issue(gateway), gateway, key).Failure);
        Assert.Contains("issued spiffe://zakenak.local/ns/dev/sa/model-server", Read(_domain.Issue(other), gateway, key).Failure);
        Assert.Contains("does not lead to a root", Read(elsewhere.Issue(gateway), gateway, key).Failure);
        Assert.Contains("NotTimeValid", Read(_domain.Issue(gateway, notAfter: DateTimeOffset.UtcNow.AddSeconds(-5)), gateway, key).Failure);
        Assert.Contains("malformed", SvidAnswer.Read("{"u8.ToArray(), key, gateway, _domain.Bundle.Roots, DateTimeOffset.UtcNow).Failure);
        Assert.Contains("malformed", SvidAnswer.Read("{\"certificates\":[\"AAAA\"],\"issuing\":[]}"u8.ToArray(), key, gateway, _domain.Bundle.Roots, DateTimeOffset.UtcNow).Failure);
        Assert.Contains("lacks certificates", SvidAnswer.Read("{}"u8.ToArray(), key, gateway, _domain.Bundle.Roots, DateTimeOffset.UtcNow).Failure);
    }

    private static SvidOutcome Read(Svid svid, SpiffeId expected, ECDsa key)
    {
        static string Encode(X509Certificate2 c) => Convert.ToBase64String(c.RawData);
        var answer = new SvidResponse("", [Encode(svid.Certificate), .. svid.Chain.Select(Encode)], [], [.. svid.Chain.Select(Encode)]);
        return SvidAnswer.Read(JsonSerializer.SerializeToUtf8Bytes(answer), key, expected, _domain.Bundle.Roots, DateTimeOffset.UtcNow);
    }

    private sealed class ScriptedSource(SpiffeId id) : ISvidSource
    {
        public SpiffeId Id => id;

        public List<SvidProof> Asked { get; } = [];

        public bool Refuse { get; set; }

        public Task<SvidOutcome> ObtainAsync(ECDsa key, SvidProof proof, CancellationToken cancellationToken)
        {
            Asked.Add(proof);
            return Task.FromResult(Refuse ? SvidOutcome.Refused("spent") : SvidOutcome.Issued(_domain.Issue(id), _domain.Bundle));
        }
    }

    private sealed class Lifetime : IHostApplicationLifetime
    {
        private volatile bool _stopped;

        public bool Stopped => _stopped;

        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication() => _stopped = true;
    }
}
