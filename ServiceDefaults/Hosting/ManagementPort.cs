using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Zakenak.ServiceDefaults;

/// <summary>The listener that answers health and metrics and nothing else; no other listener answers those.</summary>
internal sealed class ManagementPort(IOptions<ListenerOptions> listen, Listeners listeners, ServiceContext service, ManagementEndpoints endpoints)
    : IConfigureOptions<KestrelServerOptions>, IStartupFilter
{
    public void Configure(KestrelServerOptions options)
    {
        options.AddServerHeader = false;
        var address = IPAddress.Parse(listen.Value.Address);
        if (!service.IsDevelopment || !IPAddress.IsLoopback(address))
        {
            // Plain HTTP exists only in development and on loopback. The HTTPS management port of a pod takes this method's place here.
            throw new OptionsValidationException(Options.DefaultName, typeof(ListenerOptions),
                [$"Listen:Address: the management port speaks plain HTTP, which is refused outside namespace dev and off loopback (namespace {service.Namespace}, address {address})."]);
        }

        options.Listen(address, listen.Value.ManagementPort, l =>
        {
            listeners.SetManagement(l);
            l.Protocols = HttpProtocols.Http1;
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
