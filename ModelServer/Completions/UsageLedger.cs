using System.Text.Json.Serialization;

namespace Zakenak.ModelServer.Completions;

/// <summary>
/// What the latest requests took, whatever became of their answers: a gateway whose client went away in mid-answer asks for it, and gives
/// back what it had reserved beyond it. Thread-safe.
/// </summary>
public sealed class UsageLedger
{
    /// <summary>A gateway asks at once; this is the most that can end until it does.</summary>
    public const int Capacity = 8192;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Usage> _usages = new(Capacity, StringComparer.Ordinal);
    private readonly Queue<string> _order = new(Capacity);

    /// <summary>Takes in that a request has ended and computes no more.</summary>
    /// <param name="request">Its id by its grant.</param>
    /// <param name="usage">Of all its answers.</param>
    public void Add(string request, Usage usage)
    {
        lock (_lock)
        {
            // A grant may be used again: what it took is then the sum.
            if (_usages.TryGetValue(request, out var before))
            {
                _usages[request] = new Usage(before.PromptTokens + usage.PromptTokens, before.CompletionTokens + usage.CompletionTokens);
                return;
            }

            if (_order.Count == Capacity)
            {
                _usages.Remove(_order.Dequeue());
            }

            _usages[request] = usage;
            _order.Enqueue(request);
        }
    }

    /// <summary><c>GET /v1/usage/{request}</c>: 404 as long as the request computes, and when it is forgotten.</summary>
    public IResult Handle(string request)
    {
        lock (_lock)
        {
            return _usages.TryGetValue(request, out var usage)
                ? Results.Json(new EndedRequest(usage.PromptTokens, usage.CompletionTokens), UsageJson.Default.EndedRequest)
                : Results.NotFound();
        }
    }
}

internal sealed record EndedRequest(
    [property: JsonPropertyName("prompt_tokens")] int PromptTokens,
    [property: JsonPropertyName("completion_tokens")] int CompletionTokens);

[JsonSerializable(typeof(EndedRequest))]
internal sealed partial class UsageJson : JsonSerializerContext;
