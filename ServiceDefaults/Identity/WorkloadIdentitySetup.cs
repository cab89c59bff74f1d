using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Zakenak.ServiceDefaults;

/// <summary>Gives a service its identity and its listener for other services.</summary>
public static class WorkloadIdentitySetup
{
    /// <summary>Enrolls with the certificate authority while the service starts, and renews from then on.</summary>
    public static WebApplicationBuilder AddWorkloadIdentity(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddValidatedOptions<EnrollmentOptions>("Identity");
        builder.Services.AddHostedService<TrustAnchorsWatch>();
        return builder.AddWorkloadIdentity<EnrollmentClient>();
    }

    /// <summary>The same with another source of SVIDs: the certificate authority itself has its own.</summary>
    public static WebApplicationBuilder AddWorkloadIdentity<TSource>(this WebApplicationBuilder builder)
        where TSource : class, ISvidSource
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddValidatedOptions<WorkloadIdentityOptions>("Identity");
        builder.Services.AddSingleton(s => new WorkloadIdentity(SpiffeId.ForService(
            s.GetRequiredService<IOptions<WorkloadIdentityOptions>>().Value.TrustDomain,
            s.GetRequiredService<ServiceContext>().Namespace,
            s.GetRequiredService<ServiceContext>().Name)));
        builder.Services.AddSingleton<IWorkloadIdentity>(s => s.GetRequiredService<WorkloadIdentity>());
        builder.Services.AddSingleton<ISvidSource, TSource>();
        builder.Services.AddSingleton<RenewalStatus>();
        builder.Services.AddHostedService<SvidRenewal>();
        builder.Services.AddInstruments<IdentityMetrics>();
        builder.Services.AddHealthChecks().AddCheck<IdentityHealth>("identity");
        return builder;
    }

    /// <summary>The traffic listener: HTTP/1.1 over mutual TLS 1.3.</summary>
    /// <param name="allowAnonymous">For the certificate authority alone, where a first enrollment has no certificate yet.</param>
    public static WebApplicationBuilder ListenForWorkloads(this WebApplicationBuilder builder, bool allowAnonymous = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton(new ServicePort("traffic", "Listen:TrafficPort", allowAnonymous ? "optional" : "required"));
        return builder.ListenForWorkloads(
            allowAnonymous ? ClientCertificateMode.AllowCertificate : ClientCertificateMode.RequireCertificate,
            services => services.GetRequiredService<IOptions<ListenerOptions>>().Value.TrafficPort,
            (services, listen) => services.GetRequiredService<Listeners>().SetTraffic(listen));
    }

    /// <summary>The same on a port of its own, for a service whose traffic is something else.</summary>
    /// <param name="port">As configured; 0 takes a free one.</param>
    /// <param name="binding">Gets the listener, before it listens.</param>
    public static WebApplicationBuilder ListenForWorkloads(
        this WebApplicationBuilder builder, ClientCertificateMode mode, Func<IServiceProvider, int> port, Action<IServiceProvider, ListenOptions> binding)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton<ConnectionRetirement>();
        builder.Services.AddSingleton<Microsoft.AspNetCore.Hosting.IStartupFilter>(s => s.GetRequiredService<ConnectionRetirement>());
        builder.Services.AddOptions<KestrelServerOptions>().Configure<IServiceProvider>((kestrel, services) =>
            kestrel.Listen(IPAddress.Parse(services.GetRequiredService<IOptions<ListenerOptions>>().Value.Address), port(services), l =>
            {
                binding(services, l);
                l.Protocols = HttpProtocols.Http1;
                l.UseWorkloadTls(mode);
                l.Use(services.GetRequiredService<ConnectionRetirement>().Watch);
            }));
        return builder;
    }
}
