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
        builder.Services.AddSingleton<ConnectionRetirement>();
        builder.Services.AddSingleton<Microsoft.AspNetCore.Hosting.IStartupFilter>(s => s.GetRequiredService<ConnectionRetirement>());
        builder.Services.AddOptions<KestrelServerOptions>().Configure<IOptions<ListenerOptions>, Listeners, ConnectionRetirement>((kestrel, listen, listeners, retirement) =>
            kestrel.Listen(IPAddress.Parse(listen.Value.Address), listen.Value.TrafficPort, l =>
            {
                listeners.SetTraffic(l);
                l.Protocols = HttpProtocols.Http1;
                l.UseWorkloadTls(allowAnonymous ? ClientCertificateMode.AllowCertificate : ClientCertificateMode.RequireCertificate);
                l.Use(retirement.Watch);
            }));
        return builder;
    }
}
