namespace Zakenak.ModelRegistry;

/// <summary>Approval, retirement and revocation.</summary>
public static class StagesSetup
{
    public static WebApplicationBuilder AddStages(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<StageEndpoints>();
        return builder;
    }

    public static WebApplication MapStages(this WebApplication app)
    {
        var endpoints = app.Services.GetRequiredService<StageEndpoints>();
        app.MapGet(VersionsSetup.Route + "/stage", endpoints.GetAsync).RequireReader();
        app.MapPost(VersionsSetup.Route + "/stage", endpoints.PostAsync).RequireReader();
        return app;
    }
}
