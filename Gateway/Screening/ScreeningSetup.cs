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
        app.Use(next => async context =>
        {
            var (received, refusal) = await bodies.ReadAsync(context);
            if (received is var (buffer, length))
                (context.Inference().Body, refusal) = Screen(context.Inference(), buffer, length, route, options.Current.MaxDepth, redactions);
            if (refusal is not null)
                metrics.Refused(refusal);
            await (refusal is null ? next(context) : context.RefuseAsync(refusal));
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
