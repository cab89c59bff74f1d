using Zakenak.Contracts;
using Zakenak.FeatureProxy.Features;
using Zakenak.FeatureProxy.Store;
using Zakenak.ServiceDefaults;
using Zakenak.ServiceDefaults.Grants;

namespace Zakenak.FeatureProxy;

/// <summary>The entry point.</summary>
public static class Program
{
    public static Task<int> Main(string[] args) => ServiceProcess.RunAsync(args, Create);

    /// <summary>Builds the service; tests start it in their own process.</summary>
    public static WebApplication Create(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.AddServiceDefaults(ServiceNames.FeatureProxy);
        builder.AddWorkloadIdentity();
        builder.ListenForWorkloads();
        builder.AddGrantVerifier();
        builder.AddFeatureStore();
        builder.AddFeatures();
        configure?.Invoke(builder);

        var app = builder.Build();
        app.MapServiceDefaults();
        app.MapFeatures();
        return app;
    }
}
