using System.Text.Json;
using Zakenak.Gateway.Routing;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Protocols.Ollama;

/// <summary>What all addresses of Ollama's have in common: a document a line, and errors that are a sentence.</summary>
internal abstract class OllamaProtocol : IProtocol
{
    private const string Latest = ":latest";

    public virtual string Method => HttpMethods.Post;

    public abstract string Path { get; }

    public virtual ApiRoute? Route => null;

    public virtual ParameterNames Names => ParameterNames.Same;

    public virtual IAnswer? WithoutBody => null;

    public EventFraming Framing => EventFraming.Lines;

    public abstract (IAnswer? Answer, Refusal? Refusal) Translate(Members request, Utf8JsonWriter json, HttpContext context);

    public void WriteError(JsonElement error, Utf8JsonWriter json) => WriteSentence(error.GetProperty("error"), json);

    /// <param name="error">What OpenAI's shape has under that name.</param>
    /// <param name="json">Where it goes.</param>
    public static void WriteSentence(JsonElement error, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        Members.Write(json, "error", error.GetProperty("message"));
        json.WriteEndObject();
    }

    /// <summary>The model, of which Ollama's tools like to name the latest; here a bare name means that.</summary>
    protected static string? TakeModel(Members request)
    {
        var model = request.TakeWord("model");
        if (model is null)
            request.Refuse(new Refusal(StatusCodes.Status400BadRequest, "missing_required_parameter", "'model' is missing.", "model"));
        return model?.EndsWith(Latest, StringComparison.Ordinal) == true ? model[..^Latest.Length] : model;
    }
}
