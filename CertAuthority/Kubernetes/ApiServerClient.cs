using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Options;
using Zakenak.ServiceDefaults;

namespace Zakenak.CertAuthority;

/// <summary>The two requests that this authority makes of the Kubernetes API server. Expected failures come back as faults.</summary>
internal sealed class ApiServerClient : IDisposable
{
    private const int MaxAnswerBytes = 256 * 1024;
    private const int MaxTokenBytes = 16 * 1024;
    private const int LongestRetryAfterSeconds = 60;

    private readonly KubernetesOptions _options;
    private readonly HttpClient _client;

    public ApiServerClient(IOptions<KubernetesOptions> options)
    {
        _options = options.Value;
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // a redirect would carry our token elsewhere
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = _options.Timeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5), // and with each new connection the CA file is read anew
            SslOptions = new SslClientAuthenticationOptions
            {
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                RemoteCertificateValidationCallback = (_, certificate, chain, errors) => IsApiServer(certificate as X509Certificate2, chain, errors),
            },
        })
        {
            BaseAddress = _options.Url,
            Timeout = _options.Timeout,
            MaxResponseContentBufferSize = MaxAnswerBytes,
        };
    }

    /// <summary>Asks whose token this is.</summary>
    public async Task<(TokenReviewStatus? Status, ApiServerFault? Fault)> ReviewAsync(string token, CancellationToken cancellationToken)
    {
        var review = new TokenReview { Spec = new TokenReviewSpec(token, [_options.Audience]) };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/apis/authentication.k8s.io/v1/tokenreviews")
        {
            Content = ToContent(review, KubernetesJson.Default.TokenReview, "application/json"),
        };
        var (body, fault) = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (fault is not null)
        {
            return (null, fault);
        }

        try
        {
            return JsonSerializer.Deserialize(body, KubernetesJson.Default.TokenReview) is { Kind: "TokenReview", Status: { } status }
                ? (status, null)
                : (null, new ApiServerFault(ApiServerFault.Malformed, "the API server's answer is no TokenReview with a status"));
        }
        catch (JsonException)
        {
            return (null, new ApiServerFault(ApiServerFault.Malformed, "the API server's answer is not the JSON of a TokenReview"));
        }
    }

    /// <summary>Creates or updates a ConfigMap by server-side apply; null when it is done.</summary>
    public async Task<ApiServerFault?> ApplyAsync(ConfigMap map, string fieldManager, CancellationToken cancellationToken)
    {
        // Forced: whoever else set these fields, the roots are this authority's word. JSON is YAML.
        using var request = new HttpRequestMessage(
            HttpMethod.Patch, $"/api/v1/namespaces/{map.Metadata.Namespace}/configmaps/{map.Metadata.Name}?fieldManager={fieldManager}&force=true")
        {
            Content = ToContent(map, KubernetesJson.Default.ConfigMap, "application/apply-patch+yaml"),
        };
        return (await SendAsync(request, cancellationToken).ConfigureAwait(false)).Fault;
    }

    public void Dispose() => _client.Dispose();

    private async Task<(byte[] Body, ApiServerFault? Fault)> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ReadToken());
            using var answer = await _client.SendAsync(request, cancellationToken).ConfigureAwait(false);
            return answer.IsSuccessStatusCode
                ? (await answer.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false), null)
                : ([], FaultOf(answer));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return ([], new ApiServerFault(ApiServerFault.Unavailable, $"{KubernetesOptions.Section}:TokenFile: {_options.TokenFile} cannot be used ({e.GetType().Name})"));
        }
        catch (HttpRequestException e) when (e.InnerException is AuthenticationException)
        {
            return ([], new ApiServerFault(
                ApiServerFault.Unavailable, $"whoever answers at {_options.Url} does not prove to be the API server by a root of {KubernetesOptions.Section}:CaFile ({_options.CaFile})"));
        }
        catch (HttpRequestException e)
        {
            return ([], e.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded
                ? new ApiServerFault(ApiServerFault.Malformed, $"the API server's answer is larger than {MaxAnswerBytes} bytes")
                : new ApiServerFault(ApiServerFault.Unavailable, $"the API server at {_options.Url} could not be asked ({(e.InnerException ?? e).Message})"));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ([], new ApiServerFault(ApiServerFault.Unavailable, $"the API server at {_options.Url} did not answer within {_options.Timeout.TotalSeconds} s"));
        }
    }

    // Its sentences may quote what was sent; the status says enough.
    private static ApiServerFault FaultOf(HttpResponseMessage answer) => answer.StatusCode switch
    {
        HttpStatusCode.Unauthorized => new(ApiServerFault.Refused, "the API server does not accept this authority's own token (401)"),
        HttpStatusCode.Forbidden => new(ApiServerFault.Refused,
            $"the API server lets this authority not do {answer.RequestMessage?.Method} {answer.RequestMessage?.RequestUri?.AbsolutePath} (403): a role binding is missing"),
        HttpStatusCode.TooManyRequests => new(ApiServerFault.Unavailable, "the API server asks to come back later (429)", RetryAfter(answer)),
        _ => new(ApiServerFault.Unavailable, $"the API server answered with status {(int)answer.StatusCode}", RetryAfter(answer)),
    };

    private static int? RetryAfter(HttpResponseMessage answer) =>
        answer.Headers.RetryAfter?.Delta is { } delta ? Math.Clamp((int)delta.TotalSeconds, 1, LongestRetryAfterSeconds) : null;

    private string ReadToken()
    {
        using var file = File.OpenHandle(_options.TokenFile);
        var bytes = new byte[MaxTokenBytes];
        var read = RandomAccess.Read(file, bytes, 0);
        return read is > 0 and < MaxTokenBytes ? System.Text.Encoding.UTF8.GetString(bytes, 0, read).Trim() : throw new IOException("The token is empty or too long.");
    }

    /// <summary>The name must be the one that was asked for, and the chain must end at a root of the CA file and nowhere else.</summary>
    private bool IsApiServer(X509Certificate2? leaf, X509Chain? presented, SslPolicyErrors errors)
    {
        if (leaf is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != 0 || TrustAnchors.TryLoad(_options.CaFile, out _) is not { } roots)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new(TrustBundle.ServerUsage));
        chain.ChainPolicy.CustomTrustStore.AddRange(roots.ToArray());
        if (presented is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(presented.ChainPolicy.ExtraStore);
        }

        return chain.Build(leaf);
    }

    private static ByteArrayContent ToContent<T>(T value, JsonTypeInfo<T> type, string mediaType) =>
        new(JsonSerializer.SerializeToUtf8Bytes(value, type)) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType) } };
}
