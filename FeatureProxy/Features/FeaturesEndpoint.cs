using Zakenak.Contracts;
using Zakenak.ServiceDefaults;
using Zakenak.ServiceDefaults.Grants;

namespace Zakenak.FeatureProxy.Features;

/// <summary><c>POST /v1/features</c>: features for the entities of the request whose grant came along.</summary>
public sealed class FeaturesEndpoint(FeatureReader reader, FeatureMetrics metrics, TimeProvider time, ILogger<FeaturesEndpoint> logger)
{
    public async Task AnswerAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var started = time.GetTimestamp();
        var grant = context.GetGrant().Grant;
        var (request, refs, refusal) = await FeatureRequestBody.ReadAsync(context.Request).ConfigureAwait(false);
        IReadOnlyList<FeatureValue>? values = null;
        if (request is not null)
        {
            (values, refusal) = await reader.ReadAsync(grant, request.Entity, refs, context.RequestAborted).ConfigureAwait(false);
        }

        // Before the answer leaves: whoever has the answer finds the line.
        var elapsed = time.GetElapsedTime(started);
        metrics.Answered(refusal?.Code ?? "ok", elapsed.TotalSeconds, values?.Count ?? 0);
        Log.Answered(logger, grant.RequestId ?? context.GetRequestId(), grant.Tenant, refusal?.Status ?? StatusCodes.Status200OK, refusal?.Code ?? "ok", refs.Count, elapsed.TotalMilliseconds);
        if (refusal is not null)
        {
            await context.RefuseAsync(refusal).ConfigureAwait(false);
            return;
        }

        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsJsonAsync(
            new FeatureResponse(values!), FeatureJson.Default.FeatureResponse, cancellationToken: context.RequestAborted).ConfigureAwait(false);
    }
}
