using Microsoft.Extensions.Options;
using Zakenak.Gateway.KillSwitch;
using Zakenak.Gateway.Refusals;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Resilience;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Routing;

/// <summary>Finds the version that a request asks for, and the models that answer in its place when no replica of it can.</summary>
internal sealed class RequestRouting(
    ModelCatalogue catalogue, IVersionChoice choice, KillCheck kills, ReplicaGate gate, LiveOptions<RoutingOptions> routing, IOptions<ModelServersOptions> servers)
{
    /// <summary>A model server needs about this long to come back after a crash.</summary>
    private static readonly TimeSpan _retryAfter = TimeSpan.FromSeconds(2);

    /// <summary>Goes on with one route after the other, until one takes the request in.</summary>
    public Task RouteAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Inference();
        var (word, refusal) = ModelPin.Read(request.Body!.Fields.Model, context.Request.Headers);
        if (refusal is not null)
            return context.RefuseAsync(refusal);

        var options = routing.Current;
        var fallbacks = options.FallbacksOf(word);
        var asked = Resolve(request, catalogue.Find(word));
        var triedBits = 0;
        var route = Next(request, word, asked, fallbacks, options, ref triedBits);
        if (route is null || fallbacks.Count > 0)
            return RouteAsync(context, request, next, word, asked, route, fallbacks, options, triedBits);

        // Nothing else to try, and so nothing to wait for.
        (request.Route, request.Unserved, request.IsLastRoute) = (route, null, true);
        return next(context);
    }

    private async Task RouteAsync(HttpContext context, InferenceRequest request, RequestDelegate next, string word, ModelRoute? asked, ModelRoute? route,
        IList<string> fallbacks, RoutingOptions options, int triedBits)
    {
        if (route is null && asked is null)
        {
            asked = Resolve(request, await catalogue.WaitForAsync(word, servers.Value.Patience, context.RequestAborted));
            route = Next(request, word, asked, fallbacks, options, ref triedBits);
        }

        if (route is null)
        {
            await context.RefuseAsync(asked is null && catalogue.MayComeBack(word)
                ? ApiRefusals.ModelUnavailable(_retryAfter)
                : ApiRefusals.ModelNotFound(word));
            return;
        }

        var ends = request.Ends;
        for (; route is not null; route = Next(request, word, asked, fallbacks, options, ref triedBits))
        {
            (request.Route, request.Unserved, request.IsLastRoute) = (route, null, false);
            await next(context);
            if (request.Unserved is null)
                return;

            // What one route held, the next one needs.
            request.End(ends);
        }

        await context.RefuseAsync(request.Unserved!);
    }

    /// <summary>The model itself, then its fallbacks in their order; with quality first, those with room before those without.</summary>
    private ModelRoute? Next(
        InferenceRequest request, string word, ModelRoute? asked, IList<string> fallbacks, RoutingOptions options, ref int triedBits)
    {
        var client = request.Client!;
        if (asked is null && !client.MayUse(word, word))
            return null;
        for (var busyToo = fallbacks.Count == 0 || options.PolicyOf(word) != PolicyName.QualityFirst; ; busyToo = true)
        {
            for (var i = 0; i <= fallbacks.Count; i++)
            {
                var route = i == 0 ? asked : Resolve(request, catalogue.Find(fallbacks[i - 1]));
                if ((triedBits & (1 << i)) != 0 || route is null || !client.MayUse(route.Model.Name, route.Model.Id)
                    || (!busyToo && !gate.HasRoom(route, options.BusyAt)))
                    continue;
                triedBits |= 1 << i;
                return route;
            }

            if (busyToo)
                return null;
        }
    }

    /// <summary>A version that is stopped only where no other would do: forwarding says so to the client.</summary>
    private ModelRoute? Resolve(InferenceRequest request, ModelVersions? versions) =>
        versions is null ? null : versions.IsPinned || kills.Spare(versions) is not { } spared ? versions.Routes[0] : choice.Choose(request, spared);
}
