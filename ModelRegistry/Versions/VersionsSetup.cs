namespace Zakenak.ModelRegistry;

/// <summary>Versions of models and what is attested of them.</summary>
public static class VersionsSetup
{
    internal const string Route = "/v1/models/{name}/versions/{version}";

    public static WebApplicationBuilder AddVersions(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<PushCheck>();
        builder.Services.AddSingleton<VersionRequests>();
        builder.Services.AddSingleton<VersionEndpoints>();
        builder.Services.AddSingleton<AttestEndpoint>();
        return builder;
    }

    public static WebApplication MapVersions(this WebApplication app)
    {
        var endpoints = app.Services.GetRequiredService<VersionEndpoints>();
        app.MapGet("/v1/models", endpoints.ListAsync).RequireReader();
        app.MapGet(Route, endpoints.GetAsync).RequireReader();
        app.MapPut(Route, endpoints.PushAsync).RequireReader();
        app.MapPost(Route + "/attestations", app.Services.GetRequiredService<AttestEndpoint>().AttestAsync).RequireReader();
        return app;
    }
}
