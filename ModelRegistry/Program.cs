using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelRegistry;

/// <summary>The entry point.</summary>
public static class Program
{
    public static Task<int> Main(string[] args) => ServiceProcess.RunAsync(args, Create);

    /// <summary>Builds the service; tests start it in their own process.</summary>
    public static WebApplication Create(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.AddServiceDefaults(ServiceNames.ModelRegistry);
        builder.AddWorkloadIdentity();
        builder.ListenForWorkloads();
        builder.AddStore();
        builder.AddRecording();
        builder.AddAccess();
        builder.AddBlobs();
        builder.AddUploads();
        builder.AddVersions();
        builder.AddStages();
        builder.AddEvents();
        configure?.Invoke(builder);

        var app = builder.Build();
        app.MapServiceDefaults();
        app.UseRefusals();
        app.MapBlobs();
        app.MapUploads();
        app.MapVersions();
        app.MapStages();
        app.MapEvents();
        return app;
    }
}
