using System.Net;
using Kestrel = Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Zakenak.ServiceDefaults;

/// <summary>Where this process listens; ports are known once it has started.</summary>
public sealed class Listeners
{
    private Kestrel.ListenOptions? _management;
    private Kestrel.ListenOptions? _traffic;
    private string _managementScheme = Uri.UriSchemeHttps;

    /// <summary><c>https://ADDRESS:PORT</c> of the management port; <c>http</c> in development.</summary>
    public Uri ManagementUrl => ToUrl(_managementScheme, _management);

    /// <summary><c>https://ADDRESS:PORT</c> of the listener for other workloads.</summary>
    /// <exception cref="InvalidOperationException">This service has none.</exception>
    public Uri TrafficUrl => ToUrl(Uri.UriSchemeHttps, _traffic);

    internal void SetManagement(Kestrel.ListenOptions listen, string scheme) => (_management, _managementScheme) = (listen, scheme);

    internal void SetTraffic(Kestrel.ListenOptions listen) => _traffic = listen;

    private static Uri ToUrl(string scheme, Kestrel.ListenOptions? listen) =>
        listen?.IPEndPoint is { Port: not 0 } bound
            ? new Uri($"{scheme}://{new IPEndPoint(bound.Address, bound.Port)}")
            : throw new InvalidOperationException("This listener does not exist or has not started.");
}
