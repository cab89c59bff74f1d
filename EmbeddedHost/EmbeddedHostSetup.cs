using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Pipelines;
using EmbeddedHost.Dashboard;
using EmbeddedHost.Orchestration;
using EmbeddedHost.Publishing;
using EmbeddedHost.Terminal;
using EmbeddedHost.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

#pragma warning disable ASPIREPIPELINES001, ASPIREPIPELINES004
namespace EmbeddedHost;

/// <summary>Puts the host together.</summary>
internal static class EmbeddedHostSetup
{
    public static void AddEmbeddedHost(
        HostApplicationBuilder host, DistributedApplicationBuilder builder, DistributedApplicationOptions options, TestSession? testSession)
    {
        var services = host.Services;
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(new DistributedApplicationModel(builder.Resources));
        services.AddSingleton(builder.ExecutionContext);
        services.AddSingleton(builder.Eventing);
        services.AddSingleton(provider => new ResourceNotificationService(provider.GetRequiredService<Lazy<Orchestrator>>()));
        services.AddSingleton(provider => new ResourceLoggerService(provider.GetRequiredService<Lazy<Orchestrator>>()));
        services.AddHttpClient();
        services.AddSingleton(builder.PublishingPipeline);
        services.AddSingleton<IPipelineOutputService>(new PipelineOutput(host.Configuration, builder.AppHostDirectory));
        services.AddSingleton<PublishRun>();

        services.AddOptions<OrchestrationOptions>().BindConfiguration(OrchestrationOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(new FreePorts(Random.Shared));
        services.AddSingleton<EndpointAllocator>();
        services.AddSingleton<ProcessSpecFactory>();
        services.AddSingleton<Orchestrator>();
        services.AddSingleton(provider => new Lazy<Orchestrator>(provider.GetRequiredService<Orchestrator>));

        services.AddSingleton(testSession is null ? TerminalOutput.Standard() : TerminalOutput.None);
        services.AddSingleton(provider => new TerminalReporter(provider.GetRequiredService<TerminalOutput>(), provider.GetRequiredService<TimeProvider>())
        {
            Verbose = provider.GetRequiredService<IOptions<OrchestrationOptions>>().Value.Verbose,
        });
        if (testSession is null)
            services.AddSingleton<IHostLifetime, TerminalLifetime>();
        else
            services.AddSingleton<IHostLifetime, SilentLifetime>();

        // The dashboard first: who looks at it wants to see how things start.
        if (DashboardOptions.From(host.Configuration, options) is { } dashboard)
        {
            services.AddSingleton(dashboard);
            services.AddSingleton<DashboardServer>();
            services.AddHostedService(provider => provider.GetRequiredService<DashboardServer>());
        }

        services.AddHostedService(provider => provider.GetRequiredService<Orchestrator>());

        // Every level of the dependency order may use up its grace period; the orchestrator itself bounds each of them.
        services.Configure<HostOptions>(hostOptions => hostOptions.ShutdownTimeout = TimeSpan.FromMinutes(5));

        // The terminal shows the lifecycle of resources; what libraries log is shown from warnings up,
        // but not that the start failed: the caller gets that as an exception.
        services.AddLogging(logging =>
        {
            logging.ClearProviders();
            logging.AddFilter((category, level) => level >= LogLevel.Warning
                && !(category ?? "").StartsWith("Microsoft.Extensions.Hosting", StringComparison.Ordinal));
            if (testSession is null)
                logging.AddSimpleConsole(console => console.SingleLine = true);
        });
    }
}
