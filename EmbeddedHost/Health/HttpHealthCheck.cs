using Aspire.Hosting.ApplicationModel;

namespace EmbeddedHost.Health;

/// <summary>A GET that must answer with a status. It goes to one replica's own port, not through the forwarder.</summary>
internal sealed record HttpHealthCheck(EndpointReference Endpoint, string Path, int StatusCode)
{
    // Enough for the reasons of a dozen checks; a health endpoint that streams must not fill memory.
    private const int MaxReasonBytes = 4096;

    public bool SameAs(HttpHealthCheck other) =>
        Endpoint.EndpointName == other.Endpoint.EndpointName && Path == other.Path && StatusCode == other.StatusCode;

    public async Task<HealthReport> CheckAsync(HttpClient client, int port, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var uri = new Uri(new Uri($"{Endpoint.Scheme}://localhost:{port}"), Path);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            using var response = await client.GetAsync(uri, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            if ((int)response.StatusCode == StatusCode)
                return new(uri.AbsoluteUri, true, null);

            var body = await ReasonAsync(response, limit.Token).ConfigureAwait(false);
            return new(uri.AbsoluteUri, false, $"{(int)response.StatusCode} {response.ReasonPhrase}{(body.Length > 0 ? ": " + body : "")}");
        }
        catch (HttpRequestException exception)
        {
            return new(uri.AbsoluteUri, false, exception.HttpRequestError switch
            {
                HttpRequestError.ConnectionError => "does not listen yet",
                HttpRequestError.SecureConnectionError => "TLS failed: " + (exception.InnerException?.Message ?? exception.Message),
                _ => exception.Message,
            });
        }
        catch (IOException exception)
        {
            return new(uri.AbsoluteUri, false, exception.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(uri.AbsoluteUri, false, $"no answer within {timeout.TotalSeconds:0.#} s");
        }
    }

    private static async Task<string> ReasonAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxReasonBytes];
        using var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return UnhealthyBody.Summarize(System.Text.Encoding.UTF8.GetString(buffer, 0, length));
    }
}
