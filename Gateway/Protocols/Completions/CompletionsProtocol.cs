using System.Text.Json;
using Zakenak.Gateway.Routing;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Protocols.Completions;

/// <summary>
/// <c>POST /v1/completions</c>, which OpenAI calls legacy: a text in, a text out. The text becomes one message of a user, for these models speak in
/// conversations and the model's template is applied by who has it.
/// </summary>
internal sealed class CompletionsProtocol : IProtocol
{
    /// <summary>OpenAI's default here, other than for chats.</summary>
    private const int DefaultMaxTokens = 16;

    public string Method => HttpMethods.Post;

    public string Path => "/v1/completions";

    public ApiRoute? Route => ApiRoute.Chat;

    public ParameterNames Names { get; } = new(("messages", "prompt", false), ("top_logprobs", "logprobs", false));

    public (IAnswer? Answer, Refusal? Refusal) Translate(Members request, Utf8JsonWriter json, HttpContext context)
    {
        request.Copy(json, "model", "stream", "stream_options", "n", "stop", "seed", "temperature", "top_p", "top_k", "min_p", "repetition_penalty",
            "frequency_penalty", "presence_penalty", "logit_bias", "user", "zakenak");
        if (request.Take("max_tokens", out _))
            request.Copy(json, "max_tokens");
        else
            json.WriteNumber("max_tokens", DefaultMaxTokens);
        WritePrompt(request, json);
        WriteLogprobs(request, json);
        request.RefuseIfAsked("a conversation has no text after the answer", "suffix");
        request.RefuseIfAsked("send the prompt's text back yourself", "echo");
        if (request.Take("best_of", out var best) && !(best.ValueKind == JsonValueKind.Number && best.TryGetInt32(out var count) && count == 1))
            request.Refuse("best_of", "must be 1: use 'n' and choose yourself");
        return (new CompletionsAnswer(), null);
    }

    private static void WritePrompt(Members request, Utf8JsonWriter json)
    {
        if (!request.Take("prompt", out var prompt))
        {
            request.Refuse(new Refusal(StatusCodes.Status400BadRequest, "missing_required_parameter", "'prompt' is missing.", "prompt"));
            return;
        }

        if (prompt.ValueKind == JsonValueKind.Array && prompt.GetArrayLength() == 1)
            prompt = prompt[0];
        if (prompt.ValueKind != JsonValueKind.String)
        {
            request.Refuse("prompt", "must be one string");
            return;
        }

        json.WriteStartArray("messages"u8);
        json.WriteStartObject();
        json.WriteString("role"u8, "user"u8);
        Members.Write(json, "content", prompt);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    /// <summary>A number here; in a chat a truth value and a number beside it.</summary>
    private static void WriteLogprobs(Members request, Utf8JsonWriter json)
    {
        if (!request.Take("logprobs", out var logprobs))
            return;
        if (logprobs.ValueKind != JsonValueKind.Number)
        {
            request.Refuse("logprobs", "must be a number");
            return;
        }

        json.WriteBoolean("logprobs"u8, true);
        Members.Write(json, "top_logprobs", logprobs);
    }
}
