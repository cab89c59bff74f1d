using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Routing;
using Zakenak.Gateway.Screening.Redaction;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Screening;

internal static class ScreeningSetup
{
    public static void AddScreening(this WebApplicationBuilder builder)
    {
        builder.Services.AddLiveOptions<ScreeningOptions>(ScreeningOptions.Section);
        builder.Services.AddSingleton<RequestBodies>();
        builder.Services.AddSingleton<ScreeningMetrics>();
        builder.Services.AddSingleton<RedactionMetrics>();
        builder.Services.AddSingleton<Redactions>();
    }

    /// <summary>Reads the body within its bounds and lets only what looks like a request of this kind pass, without what may not leave the gateway.</summary>
    public static void UseScreening(this IApplicationBuilder app, ApiRoute route)
    {
        var bodies = app.ApplicationServices.GetRequiredService<RequestBodies>();
        var options = app.ApplicationServices.GetRequiredService<LiveOptions<ScreeningOptions>>();
        var metrics = app.ApplicationServices.GetRequiredService<ScreeningMetrics>();
        var redactions = app.ApplicationServices.GetRequiredService<Redactions>();
        app.Use(next =>
        {
            return context =>
            {
                // Most bodies come with their headers: then nothing waits.
                var reading = bodies.ReadAsync(context);
                return reading.IsCompletedSuccessfully ? GoOn(context, reading.Result) : WaitAsync(context, reading);
            };

            Task GoOn(HttpContext context, ((byte[] Buffer, int Length)? Body, Refusal? Refusal) read)
            {
                var refusal = read.Refusal;
                if (read.Body is var (buffer, length))
                {
                    var request = context.Inference();
                    (request.Body, refusal) = Screen(request, buffer, length, route, options.Current.MaxDepth, redactions);
                }

                if (refusal is null)
                    return next(context);
                metrics.Refused(refusal);
                return context.RefuseAsync(refusal);
            }

            async Task WaitAsync(HttpContext context, ValueTask<((byte[] Buffer, int Length)? Body, Refusal? Refusal)> reading) => await GoOn(context, await reading);
        });
    }

    private static (ScreenedBody? Body, Refusal? Refusal) Screen(
        InferenceRequest request, byte[] buffer, int length, ApiRoute route, int maxDepth, Redactions redactions)
    {
        var (fields, refusal) = RequestScreen.Read(buffer.AsSpan(0, length), route, maxDepth);
        if (fields is { } asCame && redactions.OfRequest(request, asCame.Model) is { } redactor)
            (fields, refusal) = RedactedBody.Read(redactor, ref buffer, ref length, asCame, route, maxDepth);
        if (fields is not null)
            return (new ScreenedBody(buffer, length, fields), null);
        RequestBodies.Return(buffer, length);
        return (null, refusal);
    }
}
