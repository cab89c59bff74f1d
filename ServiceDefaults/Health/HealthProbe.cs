using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;

namespace Zakenak.ServiceDefaults;

/// <summary>
/// <c>SERVICE --healthy</c>: asks the service that runs beside it, with the same settings, whether it is ready. For whoever can only run a command in a
/// container, which has no shell and no curl.
/// </summary>
internal static class HealthProbe
{
    public const string Verb = "--healthy";

    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(5);

    /// <returns>0 where it is ready, else 1 with one line that says what it answered.</returns>
    public static async Task<int> RunAsync(string[] args, Func<string[], Action<WebApplicationBuilder>?, WebApplication> create)
    {
        var url = new Uri(UrlOf(ConfigurationOf(args, create)), ServiceProbes.ReadyPath);

        // As a kubelet: before the enrollment the certificate is nobody's, and nothing is told that could be worth reading.
#pragma warning disable CA5359
        using var handler = new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } };
#pragma warning restore CA5359
        using var client = new HttpClient(handler) { Timeout = _timeout };
        try
        {
            using var answer = await client.GetAsync(url).ConfigureAwait(false);
            if (answer.IsSuccessStatusCode)
            {
                return 0;
            }

            await Console.Error.WriteLineAsync($"{url} answered {(int)answer.StatusCode}.").ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            await Console.Error.WriteLineAsync($"{url} does not answer: {e.Message}").ConfigureAwait(false);
        }

        return 1;
    }

    private static Uri UrlOf(IConfiguration configuration)
    {
        var address = configuration["Listen:Address"] switch
        {
            null or "0.0.0.0" => "127.0.0.1",
            "::" => "[::1]",
            var named => named,
        };
        var isDevelopment = (configuration["Service:Namespace"] ?? ServiceContext.DevelopmentNamespace) == ServiceContext.DevelopmentNamespace;
        return new UriBuilder(isDevelopment ? Uri.UriSchemeHttp : Uri.UriSchemeHttps, address, configuration.GetValue<int>("Listen:ManagementPort")).Uri;
    }

    private static IConfiguration ConfigurationOf(string[] args, Func<string[], Action<WebApplicationBuilder>?, WebApplication> create)
    {
        try
        {
            create(args, builder => throw new Configured(builder.Configuration));
        }
        catch (Configured e)
        {
            return e.Configuration;
        }

        throw new InvalidOperationException("The service does not call configure.");
    }

    // Ends Create before it builds: nothing is to be started twice.
    private sealed class Configured(IConfiguration configuration) : Exception
    {
        public IConfiguration Configuration => configuration;
    }
}
