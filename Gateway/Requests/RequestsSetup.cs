using Microsoft.AspNetCore.Http.Features;
using Zakenak.Gateway.Rollouts;
using Zakenak.Gateway.Routing;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Requests;

internal static class RequestsSetup
{
    public static void AddRequests(this WebApplicationBuilder builder)
    {
        builder.Services.AddMetrics();
        builder.Services.AddSingleton<RequestMetrics>();
    }

    /// <summary>Gives every request one log line and its metrics when it ends. The outermost step.</summary>
    public static void UseRequests(this IApplicationBuilder app, ApiRoute? api)
    {
        var time = app.ApplicationServices.GetRequiredService<TimeProvider>();
        var metrics = app.ApplicationServices.GetRequiredService<RequestMetrics>();
        var rollouts = app.ApplicationServices.GetRequiredService<RolloutCount>();
        var logger = app.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger("Zakenak.Gateway.Requests");
        app.Use(next => async context =>
        {
            var request = new InferenceRequest(context.GetRequestId(), api, time.GetTimestamp());
            context.Features.Set(request);
            metrics.Started();
            try
            {
                await next(context);
            }
            catch (Exception) when (!context.RequestAborted.IsCancellationRequested)
            {
                // Logged and answered further out; here it is only counted.
                context.Response.StatusCode = context.Response.HasStarted ? context.Response.StatusCode : StatusCodes.Status500InternalServerError;
                request.Code = "internal_error";
                throw;
            }
            finally
            {
                request.End();
                request.Body?.Dispose();
                request.Code ??= context.Features.Get<Refusal>()?.Code;
                var status = context.RequestAborted.IsCancellationRequested ? StatusCodes.Status499ClientClosedRequest : context.Response.StatusCode;
                var latency = time.GetElapsedTime(request.StartedAt);
                TimeSpan? ttft = request.FirstTokenAt is { } first ? time.GetElapsedTime(request.StartedAt, first) : null;
                metrics.Ended(request, status, latency, ttft);
                rollouts.Ended(request, status, latency);
                new RequestLine(request, status, Milliseconds(latency), ttft is { } t ? Milliseconds(t) : null).Log(logger);
            }
        });
    }

    public static InferenceRequest Inference(this HttpContext context) => context.Features.GetRequiredFeature<InferenceRequest>();

    /// <summary>Microseconds say something; what comes after them does not.</summary>
    private static double Milliseconds(TimeSpan span) => Math.Round(span.TotalMilliseconds, 3);
}
