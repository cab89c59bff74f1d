using Aspire.Hosting;
using Microsoft.Extensions.Configuration;

namespace EmbeddedHost.Dashboard;

/// <summary>Where the dashboard listens and who gets in. The names of the settings are Aspire's own where it has them.</summary>
internal sealed record DashboardOptions(int Port, string? BrowserToken)
{
    public const string UrlKey = "ASPNETCORE_URLS";
    public const int DefaultPort = 18888;

    /// <summary>Null when the dashboard is switched off.</summary>
    public static DashboardOptions? From(IConfiguration configuration, DistributedApplicationOptions options)
    {
        if (options.DisableDashboard || configuration.GetValue("EmbeddedHost:DisableDashboard", false))
            return null;

        return new(PortOf(configuration[UrlKey]), configuration["AppHost:BrowserToken"] ?? configuration["ASPIRE_DASHBOARD_FRONTEND_BROWSERTOKEN"]);
    }

    private static int PortOf(string? url)
    {
        if (string.IsNullOrEmpty(url))
            return DefaultPort;

        // Only this machine may see it, and over plain HTTP: the dashboard can start and stop processes.
        if (!Uri.TryCreate(url.Split(';')[0], UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttp || !uri.IsLoopback)
            throw new DistributedApplicationException($"{UrlKey} is the dashboard's address and must be like http://localhost:{DefaultPort} (port 0 = any free one), not '{url}'.");

        return uri.Port;
    }
}
