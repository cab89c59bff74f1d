using Zakenak.Gateway.Refusals;
using Zakenak.Gateway.Requests;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.ApiKeys;

internal static class ApiKeysSetup
{
    private const string Scheme = "Bearer ";

    public static void AddApiKeys(this WebApplicationBuilder builder)
    {
        builder.Services.AddValidatedOptions<ApiKeysOptions>(ApiKeysOptions.Section)
            .Validate<ServiceContext>((o, service) => service.IsDevelopment || string.IsNullOrEmpty(o.DevelopmentKeyFile),
                "ApiKeys:DevelopmentKeyFile is for namespace dev only: a key in plain text has no place elsewhere.");
        builder.Services.AddSingleton<ApiKeyStore>();
        builder.Services.AddHostedService(s => s.GetRequiredService<ApiKeyStore>());
    }

    /// <summary>Lets pass only requests with a key, and says whose it is.</summary>
    public static void UseApiKeys(this IApplicationBuilder app)
    {
        var keys = app.ApplicationServices.GetRequiredService<ApiKeyStore>();
        var time = app.ApplicationServices.GetRequiredService<TimeProvider>();
        app.Use(next => context =>
        {
            var authorization = context.Request.Headers.Authorization;
            var header = authorization.Count == 1 ? authorization[0].AsSpan() : default;
            if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
                || keys.Current.Authenticate(header[Scheme.Length..].Trim(' '), time.GetUtcNow()) is not { } client)
                return context.RefuseAsync(ApiRefusals.InvalidKey);
            context.Inference().Client = client;
            return next(context);
        });
    }
}
