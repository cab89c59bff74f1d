using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Zakenak.ServiceDefaults;

/// <summary><c>/livez</c>, <c>/healthz</c> and <c>/metrics</c>.</summary>
internal sealed class ManagementEndpoints(
    HealthCheckService health, TelemetryProviders telemetry, ServiceContext service, IOptions<ListenerOptions> listen, IOptions<ManagementOptions> options)
{
    private static readonly Refusal _callerNotAllowed = new(
        StatusCodes.Status403Forbidden, "caller_not_allowed", "Metrics are for the callers that Management:Callers names, by their client certificate.");

    private static readonly Refusal _hostNotAllowed = new(
        StatusCodes.Status421MisdirectedRequest, "host_not_allowed", "This port answers to localhost, a loopback address or its own address only.");

    public Task AnswerAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        LeaveTelemetryAlone(context);
        if (service.IsDevelopment && !IsOurs(context.Request.Host))
        {
            return context.RefuseAsync(_hostNotAllowed);
        }

        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            return AnswerAsync(context, StatusCodes.Status405MethodNotAllowed, "method not allowed\n");
        }

        return context.Request.Path.Value switch
        {
            ServiceProbes.LivePath => AnswerAsync(context, StatusCodes.Status200OK, "ok\n"),
            ServiceProbes.ReadyPath => AnswerHealthAsync(context),
            ServiceProbes.MetricsPath when !IsIdentified(context) => RefuseAsync(context),
            ServiceProbes.MetricsPath => telemetry.Prometheus.CollectText() is { } metrics
                ? AnswerAsync(context, StatusCodes.Status200OK, metrics, PrometheusText.ContentType)
                : AnswerAsync(context, StatusCodes.Status503ServiceUnavailable, "collecting failed\n"),
            _ => AnswerAsync(context, StatusCodes.Status404NotFound, "not found\n"),
        };
    }

    // Reasons and metrics tell of tenants, models and failures. In development the port is on loopback and knows nobody.
    private bool IsIdentified(HttpContext context) =>
        service.IsDevelopment || (context.GetCaller() is { } caller && options.Value.Allows(caller, service.Namespace));

    // A scraper whose certificate expired, or that connected before this process enrolled, must not stay refused on a kept connection.
    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.Headers.Connection = "close";
        return context.RefuseAsync(_callerNotAllowed);
    }

    // In development nobody authenticates here, so a page of any site could read the answers once its name resolves to this machine (DNS rebinding). Then
    // the browser still sends that name as the host.
    private bool IsOurs(HostString host) =>
        host.Host is "127.0.0.1" or "[::1]"
        || host.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Host, out var address) && address.Equals(IPAddress.Parse(listen.Value.Address)));

    // Probes and scrapes come every few seconds: they would drown the requests that matter.
    private static void LeaveTelemetryAlone(HttpContext context)
    {
        if (context.Features.Get<IHttpMetricsTagsFeature>() is { } metrics)
        {
            metrics.MetricsDisabled = true;
        }

        if (context.Features.Get<IHttpActivityFeature>()?.Activity is { } span)
        {
            span.IsAllDataRequested = false;
            span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
    }

    private async Task AnswerHealthAsync(HttpContext context)
    {
        var report = await health.CheckHealthAsync(context.RequestAborted).ConfigureAwait(false);
        var status = report.Status == HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        if (!IsIdentified(context))
        {
            await AnswerAsync(context, status, report.Status + "\n").ConfigureAwait(false);
            return;
        }

        context.Response.StatusCode = status;
        await context.Response.WriteAsJsonAsync(HealthAnswer.From(service.Name, report), context.RequestAborted).ConfigureAwait(false);
    }

    private static Task AnswerAsync(HttpContext context, int status, string text, string contentType = "text/plain; charset=utf-8")
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        return context.Response.WriteAsync(text, context.RequestAborted);
    }
}
