using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Zakenak.ServiceDefaults;

/// <summary>The listener that answers health and metrics and nothing else; no other listener answers those.</summary>
internal sealed class ManagementPort(
    IOptions<ListenerOptions> listen, Listeners listeners, ServiceContext service, ManagementEndpoints endpoints, ManagementTls tls)
    : IConfigureOptions<KestrelServerOptions>, IStartupFilter
{
    public const string Name = "management";

    public void Configure(KestrelServerOptions options)
    {
        options.AddServerHeader = false;
        var address = IPAddress.Parse(listen.Value.Address);
        if (service.IsDevelopment && !IPAddress.IsLoopback(address))
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(ListenerOptions),
                [$"Listen:Address: in namespace {service.Namespace} the management port speaks plain HTTP, which is refused off loopback (address {address})."]);
        }

        options.Listen(address, listen.Value.ManagementPort, l =>
        {
            listeners.SetManagement(l, service.IsDevelopment ? Uri.UriSchemeHttp : Uri.UriSchemeHttps);
            l.Protocols = HttpProtocols.Http1;
            if (!service.IsDevelopment)
            {
                tls.Use(l);
            }

            l.Use(next => connection =>
            {
                connection.Features.Set(ManagementConnection.Instance);
                return next(connection);
            });
        });
    }

    // The branch is outermost, so whatever a service maps and in whatever order, the two sets of endpoints never meet.
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.MapWhen(c => c.Features.Get<ManagementConnection>() is not null, management => management.Run(endpoints.AnswerAsync));
        next(app);
    };

    private sealed class ManagementConnection
    {
        public static ManagementConnection Instance { get; } = new();
    }
}
