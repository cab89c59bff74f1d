using Zakenak.Contracts;
using Zakenak.ModelServer.Loading;

namespace Zakenak.ModelServer.Batching;

/// <summary>Says with every answer under <c>/v1</c> how busy the engine is at that moment, so that the gateway asks the replica that has room.</summary>
public static class LoadReports
{
    /// <summary>Put it before the endpoints.</summary>
    public static void UseLoadReports(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var served = app.Services.GetRequiredService<ServedModel>();
        app.Use((context, next) =>
        {
            if (context.Request.Path.StartsWithSegments("/v1", StringComparison.Ordinal))
            {
                context.Response.OnStarting(
                    static state =>
                    {
                        var (context, served) = ((HttpContext, ServedModel))state;
                        if (served.Current is { } model)
                        {
                            context.Response.Headers[HeaderNames.Load] = model.Engine.Load.ToString();
                        }

                        return Task.CompletedTask;
                    },
                    (context, served));
            }

            return next(context);
        });
    }
}
