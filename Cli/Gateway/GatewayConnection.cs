using System.CommandLine;
using System.Net.Http.Json;
using System.Text.Json;
using Zakenak.Cli.Peers;
using Zakenak.Contracts;
using Zakenak.ModelTrust;
using Zakenak.ServiceDefaults;
using Refusal = Zakenak.ModelTrust.Refusal;

namespace Zakenak.Cli.Gateway;

/// <summary>The gateway's admin API over a connection on which both ends have proved who they are.</summary>
internal sealed class GatewayConnection : IDisposable
{
    private const int MaxAnswerBytes = 16 * 1024 * 1024;

    private static readonly Refusal Nowhere = new(
        GatewayCodes.Unreachable, "No gateway is running here: start one with `dotnet run --project AppHost`, or name its admin listener with --gateway URL.");

    private static readonly JsonSerializerOptions Json = new() { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    private readonly HttpClient _http;

    private GatewayConnection(Peer peer) => _http = new HttpClient(WorkloadHttpHandler.Create(peer.Identity, ServiceNames.Gateway))
    {
        BaseAddress = new Uri(peer.Url, "admin/v1/"),
        Timeout = TimeSpan.FromSeconds(30),
        MaxResponseContentBufferSize = MaxAnswerBytes,
    };

    /// <summary>Opens one for some work; a refusal where it can't be opened.</summary>
    public static async Task<Result<T>> UseAsync<T>(
        CliContext context, GatewayOptions options, ParseResult parsed, Func<GatewayConnection, Task<Result<T>>> work, CancellationToken cancellationToken)
        where T : class
    {
        var found = await options.FindAsync(context, parsed, Nowhere, suite => suite.GatewayAdmin, cancellationToken);
        if (!found.IsSuccess)
        {
            return found.Refusal;
        }

        using var connection = new GatewayConnection(found.Value);
        return await work(connection);
    }

    /// <summary>One call.</summary>
    /// <param name="path">Under <c>/admin/v1/</c>.</param>
    /// <param name="body">Sent as JSON; null sends none.</param>
    public async Task<Result<T>> SendAsync<T>(HttpMethod method, string path, object? body, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body, body.GetType()) };
            using var answer = await _http.SendAsync(request, cancellationToken);
            if (!answer.IsSuccessStatusCode)
            {
                return await ReadProblemAsync(answer, cancellationToken);
            }

            return await answer.Content.ReadFromJsonAsync<T>(Json, cancellationToken) is { } value ? value : Malformed(answer);
        }
        catch (JsonException)
        {
            return new Refusal(GatewayCodes.Malformed, $"What {_http.BaseAddress} answered is not what this tool knows. Are both of the same release?");
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return new Refusal(GatewayCodes.Unreachable, $"The gateway at {_http.BaseAddress} does not answer: {e.InnerException?.Message ?? e.Message}");
        }
    }

    public void Dispose() => _http.Dispose();

    private static async Task<Refusal> ReadProblemAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        try
        {
            var problem = await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
            return problem.TryGetProperty("code", out var code) && problem.TryGetProperty("title", out var title)
                ? new Refusal(code.GetString()!, title.GetString()!)
                : Malformed(answer);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return Malformed(answer);
        }
    }

    private static Refusal Malformed(HttpResponseMessage answer) =>
        new(GatewayCodes.Malformed, $"The gateway answered {(int)answer.StatusCode} and not as the admin API does. Is this its admin listener?");
}
