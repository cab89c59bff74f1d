using Zakenak.ServiceDefaults;

namespace Zakenak.ModelRegistry;

/// <summary>How blobs come in.</summary>
public static class UploadsSetup
{
    public static WebApplicationBuilder AddUploads(this WebApplicationBuilder builder)
    {
        builder.Services.AddValidatedOptions<UploadOptions>("Registry");
        builder.Services.AddSingleton<UploadFolder>();
        builder.Services.AddSingleton<UploadWriter>();
        builder.Services.AddSingleton<UploadStore>();
        builder.Services.AddSingleton<UploadEndpoints>();
        builder.Services.AddHostedService<UploadCollector>();
        return builder;
    }

    public static WebApplication MapUploads(this WebApplication app)
    {
        var endpoints = app.Services.GetRequiredService<UploadEndpoints>();
        app.MapPost("/v1/uploads", endpoints.BeginAsync).RequireReader();
        app.MapMethods("/v1/uploads/{id}", [HttpMethods.Head], endpoints.AskAsync).RequireReader();
        app.MapPatch("/v1/uploads/{id}", endpoints.AppendAsync).RequireReader();
        app.MapDelete("/v1/uploads/{id}", endpoints.AbandonAsync).RequireReader();
        return app;
    }
}
