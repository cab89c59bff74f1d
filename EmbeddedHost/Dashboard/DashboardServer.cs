using System.Net;
using Aspire.Hosting;
using EmbeddedHost.Orchestration;
using EmbeddedHost.Processes;
using EmbeddedHost.Terminal;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EmbeddedHost.Dashboard;

/// <summary>The dashboard's own small web server, on loopback only.</summary>
internal sealed class DashboardServer(DashboardOptions options, Orchestrator orchestrator, TerminalReporter terminal, IHostEnvironment environment) : IHostedService, IAsyncDisposable
{
    private readonly DashboardAccess _access = new(options.BrowserToken);
    private WebApplication? _app;

    public Uri Address { get; private set; } = new("http://localhost");

    public string LoginUrl => $"{Address.GetLeftPart(UriPartial.Authority)}/login?t={Uri.EscapeDataString(_access.LoginToken)}";

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Port != 0 && !PortOwner.IsFree(options.Port))
        {
            throw new DistributedApplicationException(
                $"Port {options.Port} (the dashboard's) is already taken by {PortOwner.Describe(options.Port)}. Stop it, or move the dashboard: "
                + $"--{DashboardOptions.UrlKey}=http://localhost:PORT (0 = any free port), or leave it out: --no-dashboard");
        }

        var builder = WebApplication.CreateEmptyBuilder(new() { ApplicationName = environment.ApplicationName });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(Configure);
        builder.Services.AddRoutingCore();
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Use(next => context => RequestGuard.InvokeAsync(context, next));
        DashboardPages.Map(_app, _access, environment.ApplicationName);
        ResourcesApi.Map(_app, _access, orchestrator);
        LogsApi.Map(_app, _access, orchestrator);
        await _app.StartAsync(cancellationToken).ConfigureAwait(false);

        var address = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Address = new UriBuilder(Uri.UriSchemeHttp, "localhost", address.Port).Uri;
        terminal.DashboardUrl = LoginUrl;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        // Pages stay connected by event streams for as long as they are open; nobody needs them to end by themselves.
        using var now = new CancellationTokenSource(0);
        return _app?.StopAsync(now.Token) ?? Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => _app?.DisposeAsync() ?? ValueTask.CompletedTask;

    private void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = 4 * 1024;
        kestrel.Limits.MaxConcurrentConnections = 200;
        if (options.Port == 0)
            kestrel.Listen(IPAddress.Loopback, 0);
        else
            kestrel.ListenLocalhost(options.Port);
    }
}
