using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Zakenak.Contracts;
using Zakenak.ModelTrust;

namespace Zakenak.ModelDelivery;

/// <summary>
/// The registry's routes, one method each. What a network or the registry may do comes back as a refusal, with the registry's own code where it gave one.
/// Asks again, a few times, only what changes nothing when it is asked twice.
/// </summary>
public sealed partial class RegistryClient
{
    private const int MaxAttempts = 3;

    // A document carries the bundle (16 MiB) in base64, and attestations.
    private const int MaxDocumentBytes = 64 * 1024 * 1024;
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);
    private static readonly JsonSerializerOptions Json = new() { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    private readonly HttpClient _http;
    private readonly TimeProvider _time;

    /// <param name="http">With the registry as base address, over a handler that proves who both ends are. This class sets its timeouts.</param>
    /// <param name="time">Null for the machine's clock.</param>
    public RegistryClient(HttpClient http, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        _http = http;
        _http.Timeout = Timeout.InfiniteTimeSpan; // it would bound whole uploads; every call here has a limit of its own
        _time = time ?? TimeProvider.System;
    }

    internal TimeProvider Time => _time;

    public Task<Result<ModelListing>> ListAsync(CancellationToken cancellationToken = default) =>
        CallAsync(() => new(HttpMethod.Get, "v1/models"), isRepeatable: true, ReadAsync<ModelListing>, cancellationToken);

    public Task<Result<VersionDocument>> GetVersionAsync(string name, string version, CancellationToken cancellationToken = default) =>
        CallAsync(() => new(HttpMethod.Get, Route(name, version)), isRepeatable: true, ReadAsync<VersionDocument>, cancellationToken);

    /// <summary>Says that the blobs which were sent are a version. The same content twice is no error.</summary>
    public Task<Result<PutAnswer>> PutVersionAsync(string name, string version, PushVersionRequest request, CancellationToken cancellationToken = default) =>
        CallAsync(
            () => new(HttpMethod.Put, Route(name, version)) { Content = JsonContent.Create(request) },
            isRepeatable: true,
            (response, _) => Task.FromResult<Result<PutAnswer>>(new PutAnswer(response.StatusCode == HttpStatusCode.Created)),
            cancellationToken);

    /// <summary>Hands in an attestation, a DSSE envelope.</summary>
    public Task<Refusal?> AttestAsync(string name, string version, ReadOnlyMemory<byte> envelope, CancellationToken cancellationToken = default) =>
        PostAsync(Route(name, version) + "/attestations", envelope, cancellationToken);

    /// <summary>Hands in a stage statement, a DSSE envelope.</summary>
    public Task<Refusal?> SetStageAsync(string name, string version, ReadOnlyMemory<byte> envelope, CancellationToken cancellationToken = default) =>
        PostAsync(Route(name, version) + "/stage", envelope, cancellationToken);

    /// <summary>The newest stage statement, a DSSE envelope.</summary>
    public Task<Result<byte[]>> GetStageAsync(string name, string version, CancellationToken cancellationToken = default) =>
        CallAsync<byte[]>(
            () => new(HttpMethod.Get, Route(name, version) + "/stage"),
            isRepeatable: true,
            async (response, token) => await LoadAsync(response, token).ConfigureAwait(false),
            cancellationToken);

    private static string Route(string name, string version) =>
        ModelName.Check(name, version) is { } refusal ? throw new ArgumentException(refusal.Message) : $"v1/models/{name}/versions/{version}";

    private async Task<Refusal?> PostAsync(string route, ReadOnlyMemory<byte> envelope, CancellationToken cancellationToken)
    {
        var answer = await CallAsync<object>(
            () => new(HttpMethod.Post, route) { Content = new ReadOnlyMemoryContent(envelope) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } } },
            isRepeatable: false,
            (_, _) => Task.FromResult<Result<object>>(Done),
            cancellationToken).ConfigureAwait(false);
        return answer.Refusal;
    }

    private async Task<Result<T>> CallAsync<T>(
        Func<HttpRequestMessage> request,
        bool isRepeatable,
        Func<HttpResponseMessage, CancellationToken, Task<Result<T>>> read,
        CancellationToken cancellationToken,
        Result<T>? notFound = null)
        where T : class
    {
        for (var attempt = 1; ; attempt++)
        {
            using var limit = new CancellationTokenSource(CallTimeout, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            Refusal refusal;
            try
            {
                using var message = request();
                using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
                if (response.IsSuccessStatusCode)
                {
                    return await read(response, either.Token).ConfigureAwait(false);
                }

                if (response.StatusCode == HttpStatusCode.NotFound && notFound is not null)
                {
                    return notFound;
                }

                refusal = await RegistryProblem.ReadAsync(response, either.Token).ConfigureAwait(false);
                isRepeatable &= RegistryProblem.IsTransient(response.StatusCode);
            }
            catch (JsonException e)
            {
                return RegistryProblem.Malformed($"at {e.Path ?? "its beginning"} it is no such document");
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                refusal = RegistryProblem.Unreachable(_http.BaseAddress, e);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return RegistryProblem.Silent(_http.BaseAddress, CallTimeout);
            }

            if (!isRepeatable || attempt == MaxAttempts)
            {
                return refusal;
            }

            await Task.Delay(Backoff.After(attempt), _time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<Result<T>> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken)
        where T : class =>
        JsonSerializer.Deserialize<T>(await LoadAsync(response, cancellationToken).ConfigureAwait(false), Json) is { } value
            ? value
            : RegistryProblem.Malformed("it is empty");

    private static async Task<byte[]> LoadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await response.Content.LoadIntoBufferAsync(MaxDocumentBytes, cancellationToken).ConfigureAwait(false);
        return await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
    }

    private static readonly object Done = new();
}
