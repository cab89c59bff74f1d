using System.Diagnostics.Metrics;
using Zakenak.Contracts;
using Zakenak.Gateway.Resilience;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Forwarding;

/// <summary>The connections to all model servers: mutual TLS to that service alone, HTTP/1.1, pooled for each replica.</summary>
internal sealed class ModelServerClient : IDisposable
{
    public ModelServerClient(IWorkloadIdentity identity, LiveOptions<ResilienceOptions> options)
    {
        var handler = WorkloadHttpHandler.Create(identity, ServiceNames.ModelServer);

        // An answer that nobody wants any more must stop at once: closing the connection tells the model server, draining would not.
        handler.MaxResponseDrainSize = 0;
        handler.ConnectTimeout = options.Current.ConnectTimeout;

        // What it would count of each request ours count too, and by replica.
        handler.MeterFactory = new UnheardMeters();
        Connections = handler;
        Invoker = new HttpMessageInvoker(handler, disposeHandler: true);
    }

    /// <summary>For who sends through something of its own.</summary>
    public HttpMessageHandler Connections { get; }

    /// <summary>For questions of the gateway's own, outside of clients' requests.</summary>
    public HttpMessageInvoker Invoker { get; }

    public void Dispose() => Invoker.Dispose();

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
