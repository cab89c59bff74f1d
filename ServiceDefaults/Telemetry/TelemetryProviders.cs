using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Zakenak.ServiceDefaults;

/// <summary>OpenTelemetry for this process: metrics always (for <c>/metrics</c>), spans and OTLP where an endpoint is configured.</summary>
internal sealed class TelemetryProviders : IHostedService, IDisposable
{
    public const string HeadersKey = "OTEL_EXPORTER_OTLP_HEADERS";

    private const string EndpointKey = "OTEL_EXPORTER_OTLP_ENDPOINT";

    // ASP.NET Core and HttpClient bring sources and meters of their own; ours are named Zakenak.<Service or feature>.
    private static readonly string[] _sources = ["Microsoft.AspNetCore", "System.Net.Http", "Zakenak.*"];
    private static readonly string[] _meters = ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime", "Zakenak.*"];

    private readonly MeterProvider _metrics;
    private readonly TracerProvider? _traces;

    public TelemetryProviders(IConfiguration configuration, ServiceContext service, IMeterFactory meters)
    {
        var endpoint = ReadEndpoint(configuration[EndpointKey], service.IsDevelopment);
        var headers = configuration[HeadersKey];
        var resource = ResourceBuilder.CreateDefault().AddService(service.Name, service.Namespace, typeof(TelemetryProviders).Assembly.GetName().Version?.ToString(3));
        var metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(_meters).AddView(OnlyOf(meters)).AddReader(Prometheus);
        if (endpoint is not null)
        {
            metrics.AddOtlpExporter(o => Configure(o, endpoint, headers, "v1/metrics"));
            _traces = Sdk.CreateTracerProviderBuilder()
                .SetResourceBuilder(resource)
                .AddSource(_sources)
                .AddOtlpExporter(o => Configure(o, endpoint, headers, "v1/traces"))
                .Build();
        }

        _metrics = metrics.Build();
    }

    public PrometheusReader Prometheus { get; } = new();

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Sends what waits, for as long as the exporters' own timeouts.</summary>
    public void Dispose()
    {
        _traces?.Dispose();
        _metrics.Dispose();
        Prometheus.Dispose();
    }

    // A provider hears every meter of its name in the process. Where that holds several services, each tells only what is its own:
    // two streams of one name would be samples that contradict each other, for which Prometheus refuses the whole page.
    private static Func<Instrument, MetricStreamConfiguration?> OnlyOf(IMeterFactory meters) =>
        instrument => instrument.Meter.Scope is null || ReferenceEquals(instrument.Meter.Scope, meters) ? null : MetricStreamConfiguration.Drop;

    private static Uri? ReadEndpoint(string? text, bool development)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        var fault = !Uri.TryCreate(text, UriKind.Absolute, out var endpoint) || endpoint.Scheme is not ("http" or "https") ? "must be an http or https address."
            : !development && endpoint.Scheme != Uri.UriSchemeHttps ? "must be https outside namespace dev."
            : null;
        return fault is null ? endpoint : throw new OptionsValidationException(EndpointKey, typeof(OtlpExporterOptions), [$"{EndpointKey}: {fault}"]);
    }

    private static void Configure(OtlpExporterOptions options, Uri endpoint, string? headers, string signal)
    {
        // An endpoint set in code is taken as it is, so the signal's path is appended here.
        options.Protocol = OtlpExportProtocol.HttpProtobuf;
        options.Headers = headers; // they may hold a token: from a file of the secrets folder too
        options.Endpoint = new Uri(endpoint.AbsoluteUri.TrimEnd('/') + "/" + signal);
    }
}
