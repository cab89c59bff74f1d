using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Zakenak.ModelDelivery.Pulling;
using Zakenak.ModelServer.Fetching;
using Zakenak.ModelServer.Loading;
using Zakenak.ModelServer.Trust;
using Zakenak.ModelServer.Watching;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Stages;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.Audit;
using Zakenak.Services.Tests.ServiceDefaults;
using Refusal = Zakenak.ModelTrust.Refusal;

namespace Zakenak.Services.Tests.ModelServer.Watching;

public sealed class VersionWatchTests : IAsyncDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_grace = TimeSpan.FromMinutes(30);

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new(new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero));
    private CancellationTokenSource _stop = new();
    private readonly RecordedLog _logs = new();
    private readonly FakeRegistry _registry = new();
    private readonly TestTrust _trust;
    private Task _watching = Task.CompletedTask;

    public VersionWatchTests() => _trust = new TestTrust(_folder);

    [Fact]
    public async Task It_serves_at_once_and_asks_afterwards()
    {
        _registry.Hang();
        var served = Start(Stage(1));

        Assert.NotNull(served.Current);
        await UntilAsync(() => _registry.Asked == 1);
    }

    [Fact]
    public async Task A_revocation_takes_it_out_within_the_watch_interval_for_good()
    {
        _registry.Newest = Stage(1);
        var served = Start(_registry.Newest);
        await UntilAsync(() => _registry.Waits == 1);
        var running = served.Current!;

        _registry.Newest = Stage(2, revoked: true);
        await AdvanceUntilAsync(() => served.Current is null, s_interval);

        Assert.Equal("revoked", served.Reason.Code);
        Assert.Contains("(because)", served.Reason.Message, StringComparison.Ordinal);
        Assert.False(running.Withdrawal.Token.IsCancellationRequested); // the policy lets answers finish
        await _watching; // nothing more can come
        Assert.Equal(_registry.Newest, File.ReadAllBytes(Path.Combine(_folder.Path, "stage.json")));
    }

    [Fact]
    public async Task An_event_is_followed_at_once_and_the_policy_may_cut_answers()
    {
        _trust.WritePolicy(onRevocation: "cut");
        _registry.Newest = Stage(1);
        var served = Start(_registry.Newest);
        await UntilAsync(() => _registry.Waits == 1);
        var running = served.Current!;

        _registry.Newest = Stage(2, revoked: true);
        _registry.Happen();

        await UntilAsync(() => served.Current is null);
        Assert.True(running.Withdrawal.Token.IsCancellationRequested);
        Assert.Equal("revoked", running.Withdrawal.Code);
    }

    [Fact]
    public async Task Only_a_revocation_cuts_answers_and_also_those_from_before_a_retirement()
    {
        _trust.WritePolicy(onRevocation: "cut");
        _registry.Newest = Stage(1);
        var served = Start(_registry.Newest);
        await UntilAsync(() => _registry.Waits == 1);
        var running = served.Current!;

        _registry.Newest = Stage(2, ModelStage.Retired);
        _registry.Happen();
        await UntilAsync(() => served.Reason.Code == "stage_not_approved");
        Assert.False(running.Withdrawal.Token.IsCancellationRequested);

        _registry.Newest = Stage(3, lifetime: TimeSpan.FromSeconds(3));
        _registry.Happen();
        await UntilAsync(() => served.Current is not null);
        await AdvanceUntilAsync(() => served.Reason.Code == "approval_expired", s_interval);
        Assert.False(running.Withdrawal.Token.IsCancellationRequested);

        _registry.Newest = Stage(4, revoked: true);
        _registry.Happen();
        await UntilAsync(() => served.Reason.Code == "revoked");
        Assert.True(running.Withdrawal.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task An_attestation_that_becomes_too_old_takes_it_out_and_a_newer_one_at_the_registry_brings_it_back()
    {
        _registry.Newest = Stage(1, lifetime: TimeSpan.FromDays(30));
        _trust.WritePolicy(scanMaxAgeDays: 1);
        var served = Start(_registry.Newest, scan: _trust.Scan(_time.GetUtcNow()));
        await UntilAsync(() => _registry.Waits == 1);
        Assert.NotNull(served.Current);

        _registry.Attestations = [_trust.Scan(_time.GetUtcNow())];
        await AdvanceUntilAsync(() => served.Current is null, TimeSpan.FromDays(1) + s_interval, step: 600);
        Assert.Equal("attestation_expired", served.Reason.Code);

        var newer = _trust.Scan(_time.GetUtcNow());
        _registry.Attestations = [.. _registry.Attestations, newer];
        _registry.Happen();
        await UntilAsync(() => served.Current is not null);

        // And the next start knows it too.
        await UntilAsync(() => File.Exists(Path.Combine(_folder.Path, "attestations", "002.json")));
        Assert.Equal(newer, File.ReadAllBytes(Path.Combine(_folder.Path, "attestations", "002.json")));
    }

    [Fact]
    public async Task It_goes_on_without_a_pause_where_the_registry_has_the_attestation_that_a_new_policy_asks_for()
    {
        _registry.Newest = Stage(1);
        var served = Start(_registry.Newest);
        await UntilAsync(() => _registry.Waits == 1);

        _registry.Attestations = [_trust.Scan(_time.GetUtcNow())];
        _trust.WritePolicy(scanMaxAgeDays: 1);
        _registry.Happen();
        await UntilAsync(() => _registry.Waits == 2);
        Assert.NotNull(served.Current);
        Assert.DoesNotContain(_logs.Lines, line => line.Contains("(attestation_missing)", StringComparison.Ordinal));

        _registry.Attestations = [];
        _trust.WritePolicy(scanMaxAgeDays: 1, scanSigner: "signer");
        _registry.Happen();
        await UntilAsync(() => served.Reason.Code == "attestation_missing");
    }

    [Fact]
    public async Task A_retired_version_comes_back_when_it_is_promoted_again()
    {
        _registry.Newest = Stage(1);
        var served = Start(_registry.Newest);

        _registry.Newest = Stage(2, ModelStage.Retired);
        _registry.Happen();
        await UntilAsync(() => served.Reason.Code == "stage_not_approved");

        _registry.Newest = Stage(3);
        _registry.Happen();
        await UntilAsync(() => served.Current is not null);
    }

    [Fact]
    public async Task An_approval_ends_at_its_moment_though_nothing_is_heard()
    {
        _registry.Hang();
        var served = Start(Stage(1, lifetime: TimeSpan.FromSeconds(3)));

        await AdvanceUntilAsync(() => served.Current is null, TimeSpan.FromSeconds(14));

        Assert.Equal("approval_expired", served.Reason.Code);
    }

    [Fact]
    public async Task An_unreachable_registry_is_tolerated_for_the_grace_and_no_longer_restarts_included()
    {
        var stage = _registry.Newest = Stage(1);
        var served = Start(stage);
        await UntilAsync(() => _registry.Waits == 1);
        await AdvanceUntilAsync(() => _registry.Asked >= 8, TimeSpan.FromMinutes(2), step: 10);
        var confirmed = FetchedModel.Read(_folder.Path).Value!.RegistryConfirmedAt;
        Assert.InRange(_time.GetUtcNow() - confirmed, TimeSpan.Zero, TimeSpan.FromMinutes(1) + s_interval);

        _registry.Fault = new Refusal(RefusalCodes.RegistryUnreachable, "It is gone.");
        await AdvanceUntilAsync(() => served.Current is null, s_grace + s_interval, step: 10);
        Assert.Equal("registry_unreachable", served.Reason.Code);
        Assert.True(_time.GetUtcNow() - confirmed > s_grace, "It gave up before the grace had passed.");

        // The next start knows when the registry was heard last.
        await StopAsync();
        var restarted = Start(stage, confirmed);
        Assert.Equal("registry_unreachable", restarted.Reason.Code);

        _registry.Fault = null;
        await UntilAsync(() => _registry.Waits > 0);
        await AdvanceUntilAsync(() => restarted.Current is not null, s_interval + s_interval);
    }

    [Fact]
    public async Task A_registry_that_hangs_does_not_keep_an_approval_alive()
    {
        _registry.Newest = Stage(1, lifetime: TimeSpan.FromSeconds(30));
        var served = Start(_registry.Newest);
        await UntilAsync(() => _registry.Waits == 1);
        _registry.Hang();

        await AdvanceUntilAsync(() => served.Current is null, TimeSpan.FromSeconds(30) + s_interval);
        Assert.Equal("approval_expired", served.Reason.Code);
    }

    [Fact]
    public async Task A_registry_that_lies_is_not_believed_and_said_to_lie_once()
    {
        _registry.Newest = Stage(2);
        var served = Start(_registry.Newest);
        await UntilAsync(() => _registry.Waits == 1);

        _registry.Newest = Stage(1);
        await AdvanceUntilAsync(() => _registry.Asked == 4, TimeSpan.FromMinutes(1));

        Assert.NotNull(served.Current);
        Assert.Single(_logs.Lines, line => line.Contains("(statement_replayed)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_newer_policy_counts_at_the_next_look_and_an_older_one_never()
    {
        _registry.Newest = Stage(1);
        var served = Start(_registry.Newest);
        await UntilAsync(() => _registry.Waits == 1);
        var (old, signature) = (File.ReadAllBytes(_trust.PolicyFile), File.ReadAllBytes(_trust.PolicyFile + ".sig"));

        _trust.WritePolicy(allowsSigner: false);
        await AdvanceUntilAsync(() => served.Reason.Code == "signer_not_allowed", s_interval);

        File.WriteAllBytes(_trust.PolicyFile, old);
        File.WriteAllBytes(_trust.PolicyFile + ".sig", signature);
        await AdvanceUntilAsync(() => _logs.Lines.Any(line => line.Contains("(policy_outdated)", StringComparison.Ordinal)), s_interval);
        Assert.Null(served.Current);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
        _trust.Dispose();
        _logs.Dispose();
        _folder.Dispose();
    }

    private byte[] Stage(long sequence, ModelStage stage = ModelStage.Approved, bool revoked = false, TimeSpan? lifetime = null) =>
        _trust.Stage(sequence, stage, revoked, _time.GetUtcNow(), lifetime);

    private ServedModel Start(byte[] stage, DateTimeOffset? confirmedAt = null, byte[]? scan = null)
    {
        var model = Options.Create(new ModelOptions { Directory = _folder.Path, Name = "guide", Version = "v1" });
        var registry = Options.Create(new RegistryOptions { WatchInterval = s_interval, UnreachableGrace = s_grace });
        var trust = new TrustState(
            Options.Create(new TrustOptions { PolicyFile = _trust.PolicyFile, PolicyRootFile = _trust.PolicyRootFile }),
            model,
            new ServiceContext("model-server", Options.Create(new ServiceOptions())),
            _time,
            Logger<TrustState>());
        if (!File.Exists(Path.Combine(_folder.Path, FetchedModel.FileName)))
        {
            TestTrust.Finish(_folder.Path, "guide:v1", TestTrust.Digest, _time.GetUtcNow());
        }

        var served = new ServedModel();
        var watch = new VersionWatch(_registry, served, trust, new Confirmation(model, registry, _time, Logger<Confirmation>()), registry, _time, Logger<VersionWatch>());
        var policy = trust.LoadPolicy();
        Assert.True(policy.IsSuccess, policy.Refusal?.Message);
        var standing = new VersionStanding(policy.Value, _trust.Evidence(stage) with { Attestations = scan is null ? [] : [scan] }, s_grace, confirmedAt ?? _time.GetUtcNow(), _time);

        // What answers is not looked at here, only whether it does.
        var loaded = new LoadedModel("guide", "v1", TestTrust.Digest, new SamplingDefaults(), _time.GetUtcNow(), null!, null!, null!, null!);
        _watching = watch.RunAsync(loaded, standing, _stop.Token);
        return served;
    }

    private async Task StopAsync()
    {
        if (!_watching.IsCompleted)
        {
            await _stop.CancelAsync();
            await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _stop.Dispose();
        _stop = new CancellationTokenSource();
    }

    private ILogger<T> Logger<T>() => LoggerFactory.Create(logging => logging.AddProvider(_logs).SetMinimumLevel(LogLevel.Debug)).CreateLogger<T>();

    private static Task UntilAsync(Func<bool> condition) => Eventually.IsTrueAsync(condition, "the watch did what was expected");

    /// <summary>Moves the clock by <paramref name="step"/> seconds at a time, as far as <paramref name="limit"/>.</summary>
    private async Task AdvanceUntilAsync(Func<bool> condition, TimeSpan limit, int step = 1)
    {
        var end = _time.GetUtcNow() + limit;
        while (!condition() && _time.GetUtcNow() < end)
        {
            // What is not awaited yet would begin later than the test means.
            await UntilAsync(() => _registry.IsAwaited || _watching.IsCompleted);
            _time.Advance(TimeSpan.FromSeconds(step));
            await Task.Delay(1);
        }

        // The limit is the watch's time; what it does with it takes some of the machine's.
        await UntilAsync(condition);
    }

    private sealed class FakeRegistry : IProofSource
    {
        private readonly SemaphoreSlim _happened = new(0);
        private volatile bool _hangs;
        private int _asked;
        private int _waits;
        private CancellationToken _awaited = new(canceled: true);

        public byte[] Newest { get; set; } = [];

        public byte[][] Attestations { get; set; } = [];

        public Refusal? Fault { get; set; }

        public int Asked => Volatile.Read(ref _asked);

        /// <summary>How often the watch came to where only time or an event goes on.</summary>
        public int Waits => Volatile.Read(ref _waits);

        public bool IsAwaited => !_awaited.IsCancellationRequested;

        public void Hang() => _hangs = true;

        public void Happen() => _happened.Release();

        public async Task<Result<byte[]>> GetStageAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _asked);
            if (_hangs)
            {
                _awaited = cancellationToken;
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            return Fault is { } fault ? fault : Newest;
        }

        public Task<Result<byte[][]>> GetAttestationsAsync(CancellationToken cancellationToken) =>
            Task.FromResult<Result<byte[][]>>(Fault is { } fault ? fault : Attestations);

        public Task WaitForEventAsync(CancellationToken cancellationToken)
        {
            _awaited = cancellationToken;
            Interlocked.Increment(ref _waits);
            return _happened.WaitAsync(cancellationToken);
        }

        public Task FollowAsync(CancellationToken cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken);
    }
}
