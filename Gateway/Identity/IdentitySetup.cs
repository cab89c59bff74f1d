using Zakenak.Contracts;
using Zakenak.Gateway.Identity.ApiKeys;
using Zakenak.Gateway.Identity.Jwt;
using Zakenak.Gateway.Identity.WorkloadClients;
using Zakenak.Gateway.Requests;

namespace Zakenak.Gateway.Identity;

internal static class IdentitySetup
{
    public static void AddIdentity(this WebApplicationBuilder builder)
    {
        builder.AddApiKeys();
        builder.AddJwt();
        builder.AddWorkloadClients();
        builder.Services.AddSingleton<ClientIdentifier>();
        builder.Services.AddSingleton<AccessDecisions>();
    }

    /// <summary>Lets pass only requests whose sender is known, and says who it is.</summary>
    public static void UseIdentity(this IApplicationBuilder app)
    {
        var identifier = app.ApplicationServices.GetRequiredService<ClientIdentifier>();
        var access = app.ApplicationServices.GetRequiredService<AccessDecisions>();
        app.Use(next =>
        {
            return context =>
            {
                // Nearly always known at once: then nothing waits.
                var identifying = identifier.IdentifyAsync(context);
                return identifying.IsCompletedSuccessfully ? GoOn(context, identifying.Result) : WaitAsync(context, identifying);
            };

            Task GoOn(HttpContext context, Identification identification)
            {
                if (identification.Fault is { } fault)
                    return access.RefuseAsync(context, fault);
                context.Inference().Client = identification.Client;
                return next(context);
            }

            async Task WaitAsync(HttpContext context, ValueTask<Identification> identifying) => await GoOn(context, await identifying);
        });
    }

    /// <summary>Lets pass only what the sender may ask for.</summary>
    public static void UseScope(this IApplicationBuilder app, ClientScopes needed)
    {
        var access = app.ApplicationServices.GetRequiredService<AccessDecisions>();
        app.Use(next => context => access.Check(context.Inference().Client!, needed) is { } fault ? access.RefuseAsync(context, fault) : next(context));
    }
}
