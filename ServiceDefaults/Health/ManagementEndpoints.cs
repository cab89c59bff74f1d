using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Zakenak.ServiceDefaults;

/// <summary><c>/livez</c>, <c>/healthz</c> and <c>/metrics</c>.</summary>
internal sealed class ManagementEndpoints(HealthCheckService health, TelemetryProviders telemetry, ServiceContext service)
{
    public Task AnswerAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        LeaveTelemetryAlone(context);
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            return AnswerAsync(context, StatusCodes.Status405MethodNotAllowed, "method not allowed\n");
        }

        return context.Request.Path.Value switch
        {
            "/livez" => AnswerAsync(context, StatusCodes.Status200OK, "ok\n"),
            "/healthz" => AnswerHealthAsync(context),
            "/metrics" => telemetry.Prometheus.CollectText() is { } metrics
                ? AnswerAsync(context, StatusCodes.Status200OK, metrics, PrometheusText.ContentType)
                : AnswerAsync(context, StatusCodes.Status503ServiceUnavailable, "collecting failed\n"),
            _ => AnswerAsync(context, StatusCodes.Status404NotFound, "not found\n"),
        };
    }

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
        if (!service.IsDevelopment)
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
