using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Identity.ApiKeys;

internal static class ApiKeysSetup
{
    public static void AddApiKeys(this WebApplicationBuilder builder)
    {
        builder.Services.AddValidatedOptions<ApiKeysOptions>(ApiKeysOptions.Section)
            .Validate<ServiceContext>((o, service) => service.IsDevelopment || string.IsNullOrEmpty(o.DevelopmentKeyFile),
                "ApiKeys:DevelopmentKeyFile is for namespace dev only: a key in plain text has no place elsewhere.");
        builder.Services.AddSingleton<ApiKeyStore>();
        builder.Services.AddHostedService(s => s.GetRequiredService<ApiKeyStore>());
        builder.Services.AddSingleton<IApiKeyLedger, ApiKeyFileLedger>();
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
