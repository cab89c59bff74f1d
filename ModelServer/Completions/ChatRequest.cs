using System.Text.Json;
using Zakenak.Contracts;
using Zakenak.ModelServer.Batching;
using Zakenak.ModelServer.Structured;
using Zakenak.ModelServer.Structured.Tools;
using Zakenak.ModelServer.Templates;

namespace Zakenak.ModelServer.Completions;

/// <summary>A chat completion request that has been checked as far as that is possible without a model.</summary>
public sealed record ChatRequest
{
    /// <summary><c>name:vN</c> or <c>name</c>.</summary>
    public required string Model { get; init; }

    /// <summary>The conversation; at least one turn.</summary>
    public required IReadOnlyList<ChatTurn> Turns { get; init; }

    /// <summary>Most tokens of the answer; null for as many as fit.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>What the client called it.</summary>
    public string MaxTokensName { get; init; } = "max_tokens";

    /// <summary>0 (greedy) to 2; null for the model's default.</summary>
    public float? Temperature { get; init; }

    /// <summary>Nucleus mass, 0 to 1; null for the model's default.</summary>
    public float? TopP { get; init; }

    /// <summary>Only so many of the likeliest tokens; 0 is off.</summary>
    public int TopK { get; init; }

    /// <summary>Only tokens at least so likely as the likeliest times this; 0 is off.</summary>
    public float MinP { get; init; }

    /// <summary>1 is off.</summary>
    public float RepetitionPenalty { get; init; } = 1;

    /// <summary>-2 to 2; 0 is off.</summary>
    public float FrequencyPenalty { get; init; }

    /// <summary>-2 to 2; 0 is off.</summary>
    public float PresencePenalty { get; init; }

    /// <summary>Added to the logits of tokens, -100 to 100.</summary>
    public IReadOnlyDictionary<int, float>? LogitBias { get; init; }

    /// <summary>How many of the likeliest tokens are told with each one; null for no probabilities at all.</summary>
    public int? TopLogprobs { get; init; }

    /// <summary>How many answers.</summary>
    public int Answers { get; init; } = 1;

    /// <summary>What the answer must look like; null for free text.</summary>
    public AnswerFormat? Format { get; init; }

    /// <summary>The tools that may be called; null for none.</summary>
    public ToolRequest? Tools { get; init; }

    /// <summary>What the chat template is told beside the conversation; null for nothing.</summary>
    public JsonElement? TemplateArguments { get; init; }

    /// <summary>Names of parameters that this server doesn't know.</summary>
    public IReadOnlyList<string> Ignored { get; init; } = [];

    /// <summary>Of the random state; drawn where the client gave none.</summary>
    public required uint Seed { get; init; }

    /// <summary>UTF-8 of the strings that end the answer.</summary>
    public IReadOnlyList<byte[]> Stops { get; init; } = [];

    /// <summary>Whether the answer is sent as it is made.</summary>
    public bool Stream { get; init; }

    /// <summary>Whether the stream ends with the usage.</summary>
    public bool IncludeUsage { get; init; }

    /// <summary>Which of the tenant's requests go first.</summary>
    public Priority Priority { get; init; } = Priority.Normal;

    /// <summary>With which requests it shares the beginning of its prompt.</summary>
    public CacheScope CacheScope { get; init; } = CacheScope.Key;

    /// <summary>Online features to be put before the conversation; null where none are asked for.</summary>
    public FeatureRequest? Features { get; init; }
}
