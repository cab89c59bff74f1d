using Zakenak.Gateway.State;
using Zakenak.Postgres;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Identity.ApiKeys;

internal static class ApiKeysSetup
{
    public static void AddApiKeys(this WebApplicationBuilder builder)
    {
        builder.Services.AddValidatedOptions<ApiKeysOptions>(ApiKeysOptions.Section)
            .Validate<ServiceContext>((o, service) => service.IsDevelopment || string.IsNullOrEmpty(o.DevelopmentKeyFile),
                "ApiKeys:DevelopmentKeyFile is for namespace dev only: a key in plain text has no place elsewhere.");
        builder.Services.AddSingleton(s =>
        {
            // A row of the database, or nothing: the file has a way of its own, for it may be written by hand and must then be right at start.
            var configured = Database.IsConfigured(s.GetRequiredService<IConfiguration>());
            return new SharedApiKeys(!configured ? null : new SharedState<ApiKeyFile>(
                "The database of API keys", StateStores.Open(s, "api-keys", file: null, default), new ApiKeyFormat(),
                s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<SharedApiKeys>>()));
        });
        builder.Services.AddHostedService(s => s.GetRequiredService<SharedApiKeys>()); // before the next one, which reads it
        builder.Services.AddSingleton<ApiKeyStore>();
        builder.Services.AddHostedService(s => s.GetRequiredService<ApiKeyStore>());
        builder.Services.AddSingleton<ApiKeyFileLedger>();
        builder.Services.AddSingleton<IApiKeyLedger>(s =>
            s.GetRequiredService<SharedApiKeys>() is { IsConfigured: true } shared ? shared : s.GetRequiredService<ApiKeyFileLedger>());
        builder.Services.AddHealthChecks().AddCheck<ApiKeysHealth>("api-keys");
        builder.Services.AddSingleton<ApiKeyEndpoints>();
    }

    public static void MapApiKeys(this IEndpointRouteBuilder admin)
    {
        var endpoints = admin.ServiceProvider.GetRequiredService<ApiKeyEndpoints>();
        admin.MapGet("/api-keys", endpoints.ListAsync);
        admin.MapPost("/api-keys", endpoints.CreateAsync);
        admin.MapDelete("/api-keys/{id}", endpoints.RevokeAsync);
    }
}
