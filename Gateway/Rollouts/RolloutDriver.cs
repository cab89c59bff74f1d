using Zakenak.Gateway.KillSwitch;
using Zakenak.Gateway.Routing;
using Zakenak.Gateway.State;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Rollouts;

/// <summary>
/// Takes rollouts on when their time has come and the candidate looks good, and back when it looks bad. Every replica does, each change is made by
/// whichever is first. Time is the monotonic clock's.
/// </summary>
internal sealed class RolloutDriver(
    SharedState<RolloutBook> state, RolloutChoice choice, ISampleExchange samples, ModelCatalogue catalogue, KillCheck kills, RolloutJournal journal,
    LiveOptions<RolloutsOptions> options, TimeProvider time) : BackgroundService
{
    /// <summary>How much of a step's time a crash may cost.</summary>
    private static readonly TimeSpan _rememberEvery = TimeSpan.FromSeconds(5);

    /// <summary>A sample is looked at again when it has grown by so much: each look is a chance for chance.</summary>
    private const double GrowthBetweenLooks = 1.25;

    private readonly Dictionary<string, Watch> _watches = new(StringComparer.Ordinal);

    /// <summary>What is known of a rollout's step; null where this gateway follows none.</summary>
    public RolloutProgress? ProgressOf(Rollout rollout)
    {
        lock (_watches)
            return _watches.TryGetValue(rollout.Model, out var watch) && watch.Is(rollout) ? watch.Progress : null;
    }

    /// <summary>Looks at all rollouts once.</summary>
    public async Task LookAsync(CancellationToken cancellation)
    {
        foreach (var rollout in state.Current?.Rollouts.Values ?? [])
        {
            if (!rollout.IsUnderWay)
                continue;
            try
            {
                await LookAsync(rollout, cancellation);
            }
            catch (StateUnavailableException e)
            {
                // Without the others' numbers nothing is decided.
                journal.NotCompared(rollout, e.Message);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(options.Current.Interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!stoppingToken.IsCancellationRequested)
                await LookAsync(stoppingToken);
        }
    }

    private async Task LookAsync(Rollout rollout, CancellationToken cancellation)
    {
        var watch = WatchOf(rollout);
        var versions = catalogue.Find(rollout.Model)?.Routes;
        var candidate = versions?.FirstOrDefault(r => r.Model.Version == rollout.To);
        var isServed = candidate is not null && versions!.Any(r => r.Model.Version == rollout.From);
        watch.Tick(time.GetTimestamp(), runs: rollout.State == RolloutState.Running && isServed);

        if (candidate is not null && kills.Refuse(candidate.Model) is not null)
        {
            await TryAsync(rollout, RolloutState.RolledBack, "the candidate was stopped by the kill switch", cancellation);
            return;
        }

        if (choice.SampleOf(rollout) is not { } own)
            return;
        var (stableCounts, candidateCounts) = await samples.ExchangeAsync(own, cancellation);
        var (seen, after) = (ArmStatistics.Of(stableCounts), ArmStatistics.Of(candidateCounts));

        // With all traffic gone from it, the stable version is what it was at the step before.
        var before = rollout.Percent < 100 ? seen : rollout.Reference;
        var verdict = !rollout.IsCanary ? new RolloutVerdict(RolloutFinding.Good, "switched, and not compared")
            : before is null ? new RolloutVerdict(RolloutFinding.TooFew, "nothing to compare with")
            : RolloutJudge.Judge(before, after, rollout.Guard);
        if (verdict.Finding != RolloutFinding.TooFew && !watch.MayLook(after.Requests) && verdict.Finding == RolloutFinding.Bad)
            verdict = verdict with { Finding = RolloutFinding.Doubtful };
        watch.Progress = new RolloutProgress(before, after, watch.Elapsed,
            !isServed ? "waits until both versions are served" : verdict.Finding == RolloutFinding.TooFew ? $"waits for requests: {verdict.Reason}" : verdict.Reason);

        if (verdict.Finding == RolloutFinding.Bad)
            await TryAsync(rollout, RolloutState.RolledBack, verdict.Reason, cancellation);
        else if (rollout is { State: RolloutState.Running, Automatic: true } && isServed
            && verdict.Finding == RolloutFinding.Good && watch.Elapsed >= TimeSpan.FromSeconds(rollout.Steps[rollout.Step].WaitSeconds))
            await TryAsync(rollout, r => r.Advance(ChangeBy(verdict.Reason), seen.Requests >= r.Guard.MinRequests ? seen : null), cancellation);
        else if (watch.Elapsed - rollout.Elapsed >= _rememberEvery)
            await RememberAsync(rollout, watch.Elapsed, cancellation);
    }

    private Task TryAsync(Rollout judged, RolloutState end, string reason, CancellationToken cancellation) =>
        TryAsync(judged, r => r.Ended(end, ChangeBy(reason)), cancellation);

    private async Task TryAsync(Rollout judged, Func<Rollout, Rollout> change, CancellationToken cancellation)
    {
        Rollout? changed = null;
        var refusal = await state.ChangeAsync(book =>
        {
            // Meanwhile somebody else may have done it, or something else.
            changed = book.Find(judged.Model) is { } now && now.Id == judged.Id && now.Step == judged.Step && now.State == judged.State ? change(now) : null;
            return changed is null ? book : book.With(changed);
        }, cancellation);
        if (refusal is null && changed is not null)
            await journal.ChangedAsync(changed);
    }

    private async Task RememberAsync(Rollout judged, TimeSpan elapsed, CancellationToken cancellation) => await state.ChangeAsync(
        book => book.Find(judged.Model) is { } now && now.Id == judged.Id && now.Step == judged.Step && now.Elapsed < elapsed
            ? book.With(now with { Elapsed = elapsed })
            : book,
        cancellation);

    private Rollout.Change ChangeBy(string reason) => new("gateway", time.GetUtcNow(), reason);

    private Watch WatchOf(Rollout rollout)
    {
        lock (_watches)
        {
            if (!_watches.TryGetValue(rollout.Model, out var watch) || !watch.Is(rollout))
                _watches[rollout.Model] = watch = new Watch(rollout, time);
            watch.Raise(rollout.Elapsed);
            return watch;
        }
    }

    /// <summary>How long a step has run, by this process's monotonic clock.</summary>
    private sealed class Watch(Rollout rollout, TimeProvider time)
    {
        private long _at = time.GetTimestamp();
        private long _looked;
        private bool _ran = true;

        public TimeSpan Elapsed { get; private set; } = rollout.Elapsed;

        public RolloutProgress? Progress { get; set; }

        public bool Is(Rollout other) => other.Id == rollout.Id && other.Step == rollout.Step;

        /// <summary>Another replica may have counted longer.</summary>
        public void Raise(TimeSpan elapsed) => Elapsed = elapsed > Elapsed ? elapsed : Elapsed;

        /// <summary>What passed since the last time counts if it ran then and does now.</summary>
        public void Tick(long now, bool runs)
        {
            if (runs && _ran)
                Elapsed += time.GetElapsedTime(_at, now);
            (_at, _ran) = (now, runs);
        }

        /// <summary>Whether a difference counts this time.</summary>
        public bool MayLook(long requests)
        {
            if (requests < _looked * GrowthBetweenLooks)
                return false;
            _looked = requests;
            return true;
        }
    }
}
