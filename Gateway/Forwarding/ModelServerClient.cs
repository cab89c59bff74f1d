using System.Diagnostics.Metrics;
using Zakenak.Contracts;
using Zakenak.Gateway.Resilience;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Forwarding;

/// <summary>
/// The connections to all model servers: mutual TLS to that service alone, HTTP/1.1, pooled for each replica. Grants name the certificate of the connection
/// that they come over, so each SVID has connections of its own.
/// </summary>
internal sealed class ModelServerClient : HttpMessageHandler
{
    private readonly IWorkloadIdentity _identity;
    private readonly LiveOptions<ResilienceOptions> _options;
    private readonly Lock _lock = new();
    private volatile Pools? _pools;

    public ModelServerClient(IWorkloadIdentity identity, LiveOptions<ResilienceOptions> options)
    {
        (_identity, _options) = (identity, options);
        Invoker = new HttpMessageInvoker(this, disposeHandler: false);
    }

    /// <summary>For questions of the gateway's own, outside of clients' requests.</summary>
    public HttpMessageInvoker Invoker { get; }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        request.Options.TryGetValue(ReplicaSender.Of, out var of)
            ? PoolOf(of.Grant.Svid).SendAsync(request, cancellationToken)
            : AskAsync(request, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        _pools?.Newest.Invoker.Dispose();
        _pools?.Before?.Invoker.Dispose();
        base.Dispose(disposing);
    }

    private async Task<HttpResponseMessage> AskAsync(HttpRequestMessage question, CancellationToken cancellation) =>
        await PoolOf(await _identity.WaitForSvidAsync(cancellation)).SendAsync(question, cancellation);

    private HttpMessageInvoker PoolOf(Svid svid)
    {
        if (_pools is { } pools && pools.Find(svid) is { } found)
            return found;
        lock (_lock)
        {
            if (_pools?.Find(svid) is { } made)
                return made;

            // Those of the SVID before this one are for requests that were signed a moment ago. Older ones are let go of: nobody holds them, and what is idle closes.
            var pool = new Pool(svid, new HttpMessageInvoker(Connections(svid)));
            _pools = new Pools(pool, _pools?.Newest);
            return pool.Invoker;
        }
    }

    private SocketsHttpHandler Connections(Svid svid)
    {
        var handler = WorkloadHttpHandler.Create(_identity, svid, ServiceNames.ModelServer);

        // An answer that nobody wants any more must stop at once: closing the connection tells the model server, draining would not.
        handler.MaxResponseDrainSize = 0;
        handler.ConnectTimeout = _options.Current.ConnectTimeout;

        // What it would count of each request ours count too, and by replica.
        handler.MeterFactory = new UnheardMeters();
        return handler;
    }

    private sealed record Pool(Svid Svid, HttpMessageInvoker Invoker);

    private sealed record Pools(Pool Newest, Pool? Before)
    {
        public HttpMessageInvoker? Find(Svid svid) => Newest.Svid == svid ? Newest.Invoker : Before is { } before && before.Svid == svid ? before.Invoker : null;
    }

    /// <summary>In a scope of their own, which the exporter of this process leaves out: so its instruments are off.</summary>
    private sealed class UnheardMeters : IMeterFactory
    {
        public Meter Create(MeterOptions options)
        {
            options.Scope = this;
            return new Meter(options);
        }

        public void Dispose()
        {
        }
    }
}
