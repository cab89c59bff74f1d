using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Zakenak.ServiceDefaults;

/// <summary>What every service of the suite has.</summary>
public static class ServiceDefaultsSetup
{
    /// <summary>Secrets folder, JSON logs, telemetry, health and the management port, problem details, lifetime. Call it first.</summary>
    public static WebApplicationBuilder AddServiceDefaults(this WebApplicationBuilder builder, string serviceName)
    {
        ArgumentNullException.ThrowIfNull(builder);
        MountedSettings.AddTo(builder.Configuration);
        builder.Configuration.AddSecretsDirectory();
        builder.AddJsonLogs();
        builder.Services.AddValidatedOptions<ServiceOptions>("Service");
        builder.Services.AddSingleton<IValidateOptions<ServiceOptions>, SecretsByEnvironment>();
        builder.Services.AddValidatedOptions<ListenerOptions>("Listen");
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(s => new ServiceContext(serviceName, s.GetRequiredService<IOptions<ServiceOptions>>()));
        builder.Services.AddOptions<HostOptions>().Configure<IOptions<ServiceOptions>>((host, service) =>
            host.ShutdownTimeout = Drain.GraceOf(service.Value));
        builder.Services.AddSingleton<Drain>();
        builder.Services.AddHostedService(s => s.GetRequiredService<Drain>());
        builder.Services.AddSingleton<Listeners>();
        builder.Services.AddValidatedOptions<ManagementOptions>("Management");
        builder.Services.AddSingleton(new DescribedService(serviceName));
        builder.Services.AddSingleton(new ServicePort(ManagementPort.Name, "Listen:ManagementPort", "optional"));
        builder.Services.AddSingleton<ManagementEndpoints>();
        builder.Services.AddSingleton<ManagementTls>();
        builder.Services.AddSingleton<ManagementPort>();
        builder.Services.AddSingleton<IConfigureOptions<KestrelServerOptions>>(s => s.GetRequiredService<ManagementPort>());
        builder.Services.AddSingleton<IStartupFilter>(s => s.GetRequiredService<ManagementPort>());
        builder.Services.AddHealthChecks().AddCheck<Drain>("running");
        builder.AddTelemetry();
        builder.AddStdinLifetime();
        return builder;
    }

    /// <summary>Request ids and the handlers of errors. Call it first after Build.</summary>
    public static WebApplication MapServiceDefaults(this WebApplication app)
    {
        app.UseRequestId();
        app.UseErrorAnswers();
        return app;
    }
}
