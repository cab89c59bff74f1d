using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.CertAuthority;

/// <summary>The entry point.</summary>
public static class Program
{
    public static Task<int> Main(string[] args) => ServiceProcess.RunAsync(args, Create);

    /// <summary>Builds the service; tests start it in their own process.</summary>
    public static WebApplication Create(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.AddServiceDefaults(ServiceNames.CertAuthority);
        builder.AddWorkloadIdentity<LocalSvidSource>();
        builder.ListenForWorkloads(allowAnonymous: true);
        builder.AddAuthority();
        builder.AddIssuing();
        builder.AddKubernetes();
        builder.AddEnrollment();
        configure?.Invoke(builder);

        var app = builder.Build();
        app.MapServiceDefaults();
        app.MapBundle();
        app.MapEnrollment();
        return app;
    }
}
