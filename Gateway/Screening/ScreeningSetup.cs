using Microsoft.Extensions.Options;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Routing;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Screening;

internal static class ScreeningSetup
{
    public static void AddScreening(this WebApplicationBuilder builder)
    {
        builder.Services.AddValidatedOptions<ScreeningOptions>(ScreeningOptions.Section);
        builder.Services.AddSingleton<RequestBodies>();
    }

    /// <summary>Reads the body within its bounds and lets only what looks like a request of this kind pass.</summary>
    public static void UseScreening(this IApplicationBuilder app, ApiRoute route)
    {
        var bodies = app.ApplicationServices.GetRequiredService<RequestBodies>();
        var options = app.ApplicationServices.GetRequiredService<IOptions<ScreeningOptions>>().Value;
        app.Use(next => async context =>
        {
            var (received, refusal) = await bodies.ReadAsync(context);
            if (received is var (buffer, length))
            {
                (var fields, refusal) = RequestScreen.Read(buffer.AsSpan(0, length), route, options.MaxDepth);
                if (fields is null)
                    RequestBodies.Return(buffer, length);
                else
                    context.Inference().Body = new ScreenedBody(buffer, length, fields);
            }

            await (refusal is null ? next(context) : context.RefuseAsync(refusal));
        });
    }
}
