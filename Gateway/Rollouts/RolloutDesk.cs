using Zakenak.Contracts;
using Zakenak.Gateway.Routing;
using Zakenak.Gateway.State;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Rollouts;

/// <summary>What people do with rollouts, by the admin API or the file.</summary>
internal sealed class RolloutDesk(
    SharedState<RolloutBook> state, ModelCatalogue catalogue, RolloutJournal journal, LiveOptions<RolloutsOptions> options, TimeProvider time)
{
    private static readonly Refusal _nothing = new(StatusCodes.Status404NotFound, "rollout_not_found", "This model has no rollout.");

    private static readonly Refusal _underWay = new(StatusCodes.Status409Conflict, "rollout_under_way",
        "This model has a rollout under way. Promote it, abort it or roll it back first.");

    private static readonly Refusal _noStable = new(StatusCodes.Status409Conflict, "no_stable_version",
        "It is not known which version has the traffic now: no other version is served. Say it with 'from'.");

    private static readonly Refusal _notServed = new(StatusCodes.Status409Conflict, "version_not_served", "No model server serves that version.");

    private static readonly Refusal _notNow = new(StatusCodes.Status409Conflict, "rollout_not_there", "The rollout is not at a point where this can be done.");

    /// <summary>Begins.</summary>
    public async Task<(Rollout? Rollout, Refusal? Refusal)> StartAsync(RolloutOrder order, string by, CancellationToken cancellation)
    {
        if (RolloutOrders.FaultOf(order) is { } fault)
            return (null, new Refusal(StatusCodes.Status400BadRequest, "invalid_rollout", fault));
        if (catalogue.Find($"{order.Model}:{order.To}") is null)
            return (null, _notServed);
        Rollout? begun = null;
        Refusal? refusal = null;
        var failed = await state.ChangeAsync(book =>
        {
            (begun, refusal) = (null, null);
            if (book.Find(order.Model) is { IsUnderWay: true })
                refusal = _underWay;
            else if (SettledOf(book, order) is not { } from)
                refusal = _noStable;
            else
                begun = RolloutOrders.Begin(order, from, options.Current, by, time.GetUtcNow());
            return begun is null ? book : book.With(begun);
        }, cancellation);
        return await DoneAsync(begun, failed ?? refusal);
    }

    /// <summary>Does one thing with a model's rollout.</summary>
    public async Task<(Rollout? Rollout, Refusal? Refusal)> ActAsync(string model, RolloutAct act, string by, string? reason, CancellationToken cancellation)
    {
        Rollout? changed = null;
        Refusal? refusal = null;
        var failed = await state.ChangeAsync(book =>
        {
            (changed, refusal) = (null, null);
            if (book.Find(model) is not { } rollout)
                refusal = _nothing;
            else if ((changed = Apply(rollout, act, new Rollout.Change(by, time.GetUtcNow(), reason ?? WordOf(act)))) is null)
                refusal = _notNow;
            return changed is null ? book : book.With(changed);
        }, cancellation);
        return await DoneAsync(changed, failed ?? refusal);
    }

    private async Task<(Rollout?, Refusal?)> DoneAsync(Rollout? rollout, Refusal? refusal)
    {
        if (refusal is not null)
            return (null, refusal);
        await journal.ChangedAsync(rollout!);
        return (rollout, null);
    }

    private static Rollout? Apply(Rollout rollout, RolloutAct act, Rollout.Change change) => (act, rollout.State) switch
    {
        (RolloutAct.Advance, RolloutState.Running or RolloutState.Paused) => rollout.Advance(change),
        (RolloutAct.Promote, RolloutState.Running or RolloutState.Paused) => rollout.Ended(RolloutState.Promoted, change),
        (RolloutAct.Pause, RolloutState.Running) => rollout.Paused(change),
        (RolloutAct.Resume, RolloutState.Paused) => rollout.Resumed(change),
        (RolloutAct.Abort, RolloutState.Running or RolloutState.Paused) => rollout.Ended(RolloutState.Aborted, change),
        (RolloutAct.RollBack, RolloutState.Running or RolloutState.Paused or RolloutState.Promoted) => rollout.Ended(RolloutState.RolledBack, change),
        _ => null,
    };

    private static string WordOf(RolloutAct act) => act switch
    {
        RolloutAct.Advance => "taken on by hand",
        RolloutAct.Promote => "promoted by hand",
        RolloutAct.Pause => "paused by hand",
        RolloutAct.Resume => "resumed by hand",
        RolloutAct.Abort => "aborted by hand",
        _ => "rolled back by hand",
    };

    /// <summary>The version that has the traffic: said, decided by the rollout before, or the newest other one that is served.</summary>
    private string? SettledOf(RolloutBook book, RolloutOrder order)
    {
        if (order.From is not null)
            return order.From;
        if (book.Find(order.Model)?.Settled is { } settled && settled != order.To)
            return settled;
        foreach (var route in catalogue.Find(order.Model)?.Routes ?? [])
        {
            if (route.Model.Version != order.To)
                return route.Model.Version;
        }

        return order.Strategy == RolloutOrders.BlueGreen ? order.To : null;
    }
}
