using System.Globalization;
using System.Text.Json.Serialization;
using Zakenak.Contracts;
using Zakenak.Gateway.Admin;
using Zakenak.Gateway.State;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Rollouts;

/// <summary>Rollouts for administrators.</summary>
internal sealed partial class RolloutEndpoints(SharedState<RolloutBook> state, RolloutDesk desk, RolloutDriver driver)
{
    private static readonly Refusal _unknown = new(StatusCodes.Status503ServiceUnavailable, "state_unavailable",
        "The state of rollouts can't be read now. The log of the gateway says why.", RetryAfterSeconds: 1);

    private static readonly Refusal _nothing = new(StatusCodes.Status404NotFound, "rollout_not_found", "This model has no rollout.");

    public Task ListAsync(HttpContext context) => state.Current is { } book
        ? AdminBody.WriteAsync(context, new RolloutListing([.. book.Rollouts.Values.Select(StatusOf)], state.IsShared), RolloutsJson.Default.RolloutListing)
        : context.RefuseAsync(_unknown);

    public Task GetAsync(HttpContext context) => state.Current is not { } book ? context.RefuseAsync(_unknown)
        : book.Find(ModelOf(context)) is { } rollout ? WriteAsync(context, rollout)
        : context.RefuseAsync(_nothing);

    public async Task StartAsync(HttpContext context)
    {
        if (await AdminBody.ReadAsync(context, RolloutsJson.Default.RolloutOrder) is not { } order)
            return;
        var action = context.Action().With("model", order.Model).With("to", order.To);
        await FinishAsync(context, await desk.StartAsync(order, action.Caller, context.RequestAborted));
    }

    public RequestDelegate Act(RolloutAct act) => async context =>
    {
        var action = context.Action().With("model", ModelOf(context));
        await FinishAsync(context, await desk.ActAsync(ModelOf(context), act, action.Caller, null, context.RequestAborted));
    };

    private async Task FinishAsync(HttpContext context, (Rollout? Rollout, Refusal? Refusal) done)
    {
        if (done.Rollout is not { } rollout)
        {
            await context.RefuseAsync(done.Refusal!);
            return;
        }

        context.Action().With("rollout", rollout.Id).With("percent", rollout.Percent.ToString(CultureInfo.InvariantCulture));
        await WriteAsync(context, rollout);
    }

    private Task WriteAsync(HttpContext context, Rollout rollout) => AdminBody.WriteAsync(context, StatusOf(rollout), RolloutsJson.Default.RolloutStatus);

    private RolloutStatus StatusOf(Rollout rollout)
    {
        var progress = driver.ProgressOf(rollout);
        return new RolloutStatus
        {
            Id = rollout.Id,
            Model = rollout.Model,
            From = rollout.From,
            To = rollout.To,
            Strategy = rollout.IsCanary ? RolloutOrders.Canary : RolloutOrders.BlueGreen,
            State = RolloutMetrics.NameOf(rollout.State),
            Percent = rollout.Percent,
            Steps = rollout.Steps,
            Step = rollout.Step + 1,
            ElapsedSeconds = (int)(progress?.Elapsed ?? rollout.Elapsed).TotalSeconds,
            Automatic = rollout.Automatic,
            Guard = rollout.Guard,
            Reason = rollout.IsUnderWay && progress is not null ? progress.Reason : rollout.Reason,
            By = rollout.By,
            Started = rollout.Started,
            Changed = rollout.Changed,
            Stable = ArmOf(progress?.Stable),
            Candidate = ArmOf(progress?.Candidate),
        };
    }

    private static RolloutArm? ArmOf(ArmStatistics? arm) => arm is null ? null : new RolloutArm(arm.Requests, arm.Errors, arm.P95Ms is { } p95 ? Math.Round(p95, 1) : null);

    private static string ModelOf(HttpContext context) => (string)context.GetRouteValue("model")!;

    [JsonSourceGenerationOptions(UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, AllowDuplicateProperties = false)]
    [JsonSerializable(typeof(RolloutOrder))]
    [JsonSerializable(typeof(RolloutStatus))]
    [JsonSerializable(typeof(RolloutListing))]
    private sealed partial class RolloutsJson : JsonSerializerContext;
}
