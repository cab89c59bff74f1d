using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;
using Zakenak.ServiceDefaults.Grants;

namespace Zakenak.ModelServer.Features;

/// <summary>Asks the feature proxy, on behalf of the request whose grant it forwards.</summary>
public sealed class FeatureClient(IHttpClientFactory clients, IOptions<FeaturesOptions> options, ILogger<FeatureClient> logger)
{
    /// <summary>Name of the HTTP client, which is mutually authenticated.</summary>
    public const string ClientName = "feature-proxy";

    /// <summary>Longest value, in characters; what a store holds beyond that is no fact for a prompt.</summary>
    public const int MaxValueLength = 512;

    private const int MaxAnswerBytes = 256 * 1024;

    private static readonly Refusal s_unavailable = new(
        StatusCodes.Status503ServiceUnavailable, "features_unavailable", "The feature proxy can't be reached; try again.", "zakenak.features", 1);

    private static readonly Refusal s_unusable = new(
        StatusCodes.Status502BadGateway, "features_unusable", "The feature proxy's answer can't be used.", "zakenak.features");

    private static readonly Refusal s_notGranted = new(
        StatusCodes.Status403Forbidden, "feature_not_granted", "The grant opens no features.", "zakenak.features");

    /// <summary>One value for each ref, in the order asked, or why there is none.</summary>
    public async Task<(IReadOnlyList<FeatureValue>? Values, Refusal? Refusal)> ReadAsync(
        FeatureRequest request, VerifiedGrant grant, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(grant);
        if (options.Value.Url is not { } url)
        {
            return (null, new Refusal(StatusCodes.Status400BadRequest, "features_not_configured", "This server has no feature proxy.", "zakenak.features"));
        }

        if (!grant.Grant.Audience.Contains(ServiceNames.FeatureProxy, StringComparer.Ordinal))
        {
            return (null, s_notGranted);
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(options.Value.TimeoutMs);
        try
        {
            using var message = new HttpRequestMessage(HttpMethod.Post, new Uri(url, "/v1/features"));
            message.Headers.TryAddWithoutValidation(HeaderNames.Grant, grant.Jws);
            message.Content = JsonContent.Create(request, FeaturesJson.Default.FeatureRequest);
            await message.Content.LoadIntoBufferAsync(timeout.Token).ConfigureAwait(false);
            using var client = clients.CreateClient(ClientName);
            client.MaxResponseContentBufferSize = MaxAnswerBytes;
            client.Timeout = Timeout.InfiniteTimeSpan;
            using var response = await client.SendAsync(message, timeout.Token).ConfigureAwait(false);
            return response.IsSuccessStatusCode
                ? await ValuesAsync(request, response, timeout.Token).ConfigureAwait(false)
                : (null, await RefusalAsync(response, timeout.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Log.ProxyTimedOut(logger, options.Value.TimeoutMs);
            return (null, s_unavailable);
        }
        catch (HttpRequestException e)
        {
            Log.ProxyUnreachable(logger, e.HttpRequestError.ToString());
            return (null, s_unavailable);
        }
    }

    private async Task<(IReadOnlyList<FeatureValue>?, Refusal?)> ValuesAsync(FeatureRequest request, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await response.Content.ReadFromJsonAsync(FeaturesJson.Default.FeatureResponse, cancellationToken).ConfigureAwait(false);
            if (answer?.Values is { } values
                && values.All(value => value is { Ref: not null, Value: null or { Length: <= MaxValueLength } })
                && values.Select(value => value.Ref).SequenceEqual(request.Refs, StringComparer.Ordinal))
            {
                return (values, null);
            }

            Log.ProxyAnswerUnusable(logger, "other refs than asked, or a value too long");
        }
        catch (JsonException)
        {
            Log.ProxyAnswerUnusable(logger, "not the JSON expected");
        }

        return (null, s_unusable);
    }

    /// <summary>What the proxy refuses, the caller is refused with the proxy's own code.</summary>
    private async Task<Refusal> RefusalAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var problem = await ProblemAsync(response, cancellationToken).ConfigureAwait(false);
        Log.ProxyRefused(logger, (int)response.StatusCode, problem?.Code ?? "-");
        return response.StatusCode switch
        {
            HttpStatusCode.Forbidden or HttpStatusCode.BadRequest or HttpStatusCode.NotFound => new Refusal(
                (int)response.StatusCode, problem?.Code ?? "features_refused", problem?.Title ?? "The feature proxy refused the features.", "zakenak.features"),
            _ => s_unavailable,
        };
    }

    private static async Task<FeatureProblem?> ProblemAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentType is not MediaTypeHeaderValue { MediaType: "application/problem+json" })
        {
            return null;
        }

        try
        {
            return await response.Content.ReadFromJsonAsync(FeaturesJson.Default.FeatureProblem, cancellationToken).ConfigureAwait(false);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
