using System.Text.Json.Serialization;
using Zakenak.Contracts;
using Zakenak.Gateway.Admin;
using Zakenak.Gateway.State;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.KillSwitch;

/// <summary>The kill switch for administrators.</summary>
internal sealed partial class KillEndpoints(SharedState<KillSet> state, TimeProvider time)
{
    private static readonly Refusal _notStopped = new(StatusCodes.Status404NotFound, "kill_not_found", "This is not stopped.");

    public Task ListAsync(HttpContext context) =>
        state.Current is { } set ? WriteAsync(context, set) : context.RefuseAsync(KillCheck.Unknown);

    /// <summary>Stops; what is stopped already stays as it is.</summary>
    public async Task AddAsync(HttpContext context)
    {
        if (await AdminBody.ReadAsync(context, KillsJson.Default.KillOrder) is not { } order)
            return;
        var action = context.Action().With("kind", order.Kind).With("value", order.Value).With("reason", order.Reason ?? "");
        if (KillFormat.FaultOf(order.Kind, order.Value, order.Reason) is { } fault)
        {
            await context.RefuseAsync(new Refusal(StatusCodes.Status400BadRequest, "invalid_kill", fault));
            return;
        }

        var kill = new Kill(order.Kind, order.Value, order.Reason, action.Caller, time.GetUtcNow());
        await FinishAsync(context, await state.ChangeAsync(set => set.With(kill), context.RequestAborted));
    }

    /// <summary>Lets go on.</summary>
    public async Task RemoveAsync(HttpContext context)
    {
        var (kind, value) = (context.Request.Query["kind"].ToString(), context.Request.Query["value"].ToString());
        context.Action().With("kind", kind).With("value", value);
        var found = false;
        var refusal = await state.ChangeAsync(set =>
        {
            var without = set.Without(kind, value);
            found |= without != set;
            return without;
        }, context.RequestAborted);
        await FinishAsync(context, refusal ?? (found ? null : _notStopped));
    }

    private Task FinishAsync(HttpContext context, Refusal? refusal) =>
        refusal is null ? WriteAsync(context, state.Current!) : context.RefuseAsync(refusal);

    private Task WriteAsync(HttpContext context, KillSet set) =>
        AdminBody.WriteAsync(context, new KillListing(set.Kills, state.IsShared), KillsJson.Default.KillListing);

    [JsonSourceGenerationOptions(UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, AllowDuplicateProperties = false)]
    [JsonSerializable(typeof(KillOrder))]
    [JsonSerializable(typeof(KillListing))]
    private sealed partial class KillsJson : JsonSerializerContext;
}
