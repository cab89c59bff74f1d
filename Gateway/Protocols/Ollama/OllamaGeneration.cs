using System.Text.Json;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Routing;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Protocols.Ollama;

/// <summary><c>POST /api/chat</c> and <c>POST /api/generate</c>, which differ in how the text goes in and out.</summary>
internal sealed class OllamaGeneration(bool isChat, TimeProvider time) : OllamaProtocol
{
    public override string Path => OllamaSetup.Prefix + (isChat ? "/chat" : "/generate");

    public override ApiRoute Route => ApiRoute.Chat;

    public override ParameterNames Names { get; } = new(
    [
        ("response_format.json_schema.schema", "format", true), ("response_format", "format", false), ("max_tokens", "options.num_predict", true),
        ("repetition_penalty", "options.repeat_penalty", true),
        .. OllamaParameters.SameNames.Select(name => (name, $"options.{name}", true)),
        .. isChat ? [] : new[] { ("messages", "prompt", false) },
    ]);

    public override (IAnswer? Answer, Refusal? Refusal) Translate(Members request, Utf8JsonWriter json, HttpContext context)
    {
        var model = TakeModel(request);
        json.WriteString("model"u8, model);
        if (request.TakeBoolean("stream") ?? true)
        {
            json.WriteBoolean("stream"u8, true);
            json.WriteRawProperty("stream_options", "{\"include_usage\":true}"u8);
        }

        if (isChat)
        {
            OllamaMessages.Write(request, json);
            if (request.Take("tools", out var tools) && !(tools.ValueKind == JsonValueKind.Array && tools.GetArrayLength() == 0))
                Members.Write(json, "tools", tools);
        }
        else
        {
            WritePrompt(request, json);
        }

        WriteFormat(request, json);
        OllamaParameters.Write(request, json);
        request.RefuseIfAsked("the model server does not think apart from its answer", "think");
        request.RefuseIfAsked("ask at /v1/chat/completions for them", "logprobs", "top_logprobs");

        // How long the model stays loaded is its operator's to say.
        request.Take("keep_alive", out _);
        return (new OllamaAnswer(isChat, time, context.Inference().StartedAt), null);
    }

    private static void WritePrompt(Members request, Utf8JsonWriter json)
    {
        request.RefuseIfAsked("only text is", "images");
        request.RefuseIfAsked("a conversation has no text after the answer", "suffix");
        request.RefuseIfAsked("the model's own template is applied", "raw", "template");
        request.RefuseIfAsked("nothing is stored here; send the conversation to /api/chat", "context");
        json.WriteStartArray("messages"u8);
        if (request.Take("system", JsonValueKind.String) is { } system && !system.ValueEquals(""))
            WriteMessage(json, "system", system);
        if (request.Take("prompt", JsonValueKind.String) is { } prompt)
            WriteMessage(json, "user", prompt);
        else
            request.Refuse(new Refusal(StatusCodes.Status400BadRequest, "missing_required_parameter", "'prompt' is missing.", "prompt"));
        json.WriteEndArray();
    }

    private static void WriteMessage(Utf8JsonWriter json, string role, JsonElement content)
    {
        json.WriteStartObject();
        json.WriteString("role"u8, role);
        Members.Write(json, "content", content);
        json.WriteEndObject();
    }

    /// <summary>"json", or a schema.</summary>
    private static void WriteFormat(Members request, Utf8JsonWriter json)
    {
        if (!request.Take("format", out var format) || (format.ValueKind == JsonValueKind.String && format.ValueEquals("")))
            return;
        if (format.ValueKind == JsonValueKind.String && format.ValueEquals("json"))
        {
            json.WriteRawProperty("response_format", "{\"type\":\"json_object\"}"u8);
            return;
        }

        if (format.ValueKind != JsonValueKind.Object)
        {
            request.Refuse("format", "must be \"json\" or a JSON schema");
            return;
        }

        json.WriteStartObject("response_format"u8);
        json.WriteString("type"u8, "json_schema"u8);
        json.WriteStartObject("json_schema"u8);
        json.WriteString("name"u8, "format"u8);
        Members.Write(json, "schema", format);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
