using System.Text.Json;
using Microsoft.Extensions.Options;
using Zakenak.Gateway.Forwarding;
using Zakenak.Gateway.Routing;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Protocols.Responses;

/// <summary>
/// <c>POST /v1/responses</c>: text in, text and calls of functions out. Nothing is stored here, so whatever means "go on from what you stored" is
/// refused by its name.
/// </summary>
internal sealed class ResponsesProtocol(IOptions<ForwardingOptions> options) : IProtocol
{
    public string Method => HttpMethods.Post;

    public string Path => "/v1/responses";

    public ApiRoute? Route => ApiRoute.Chat;

    public ParameterNames Names { get; } = new(
        ("max_completion_tokens", "max_output_tokens", true), ("response_format.json_schema", "text.format", true), ("response_format", "text.format", true),
        ("messages", "input", false)); // Instructions and calls shift the places.

    public (IAnswer? Answer, Refusal? Refusal) Translate(Members request, Utf8JsonWriter json, HttpContext context)
    {
        var echo = new RequestEcho(request);
        request.Copy(json, "model", "temperature", "top_p", "user", "metadata", "parallel_tool_calls", "safety_identifier", "prompt_cache_key", "service_tier", "zakenak");
        request.CopyAs("max_output_tokens", "max_completion_tokens", json);
        if (request.TakeBoolean("stream") is { } stream)
        {
            json.WriteBoolean("stream"u8, stream);

            // The last event tells the usage, always.
            if (stream)
                json.WriteRawProperty("stream_options", "{\"include_usage\":true}"u8);
        }

        // It says how streams are padded against listeners on the way, which TLS is there for.
        request.Take("stream_options", JsonValueKind.Object);
        InputItems.Write(request, json);
        RequestTools.Write(request, json);
        RequestText.Write(request, json);
        request.RefuseIfAsked("nothing is stored here; send the whole conversation as 'input'", "previous_response_id", "conversation", "store", "background", "prompt");
        request.RefuseIfAsked("the answer holds what it can", "include");
        request.RefuseIfAsked("send what fits", "context_management");
        if (request.TakeWord("truncation") is not (null or "disabled"))
            request.Refuse("truncation", "must be 'disabled': what does not fit the context is refused");
        return (new ResponsesAnswer(echo, options.Value.MaxAnswerBytes), null);
    }
}
