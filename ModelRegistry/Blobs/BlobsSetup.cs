namespace Zakenak.ModelRegistry;

/// <summary>Blobs by digest.</summary>
public static class BlobsSetup
{
    public static WebApplicationBuilder AddBlobs(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<BlobStore>();
        builder.Services.AddSingleton<BlobEndpoint>();
        return builder;
    }

    public static WebApplication MapBlobs(this WebApplication app)
    {
        app.MapMethods("/v1/blobs/{digest}", [HttpMethods.Get, HttpMethods.Head], app.Services.GetRequiredService<BlobEndpoint>().AnswerAsync).RequireReader();
        return app;
    }
}
