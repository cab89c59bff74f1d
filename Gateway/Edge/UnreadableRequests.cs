using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Zakenak.Gateway.Audit;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Edge;

/// <summary>
/// Counts and records what Kestrel turned away as no request at all: bytes that are none, too long a line or head, a head that never ends. No step of ours
/// sees those, only Kestrel's own event does.
/// </summary>
internal sealed class UnreadableRequests(DiagnosticListener kestrel, GatewayAudit audit, EdgeMetrics metrics, TimeProvider time)
    : IHostedService, IObserver<KeyValuePair<string, object?>>
{
    public const string Code = "unreadable_request";

    private const string Event = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    private IDisposable? _subscription;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _subscription = kestrel.Subscribe(this, static (name, _, _) => name == Event);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _subscription?.Dispose();
        return Task.CompletedTask;
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value.Value is not IFeatureCollection features || features.Get<IBadRequestExceptionFeature>()?.Error is not BadHttpRequestException fault)
            return;

        // One that has an id came through to us, and has its record: of it only what follows, its body, can't be read.
        var context = new DefaultHttpContext(features);
        if (NewRequestId.IsOne(context.TraceIdentifier))
            return;
        context.TraceIdentifier = NewRequestId.Next();
        metrics.Refused(EdgeRefusal.Unreadable);
        audit.RecordRefused(context, new Refusal(fault.StatusCode, Code, fault.Message), time, RequestRecord.OtherMethod, RequestRecord.NoRoute);
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }
}
