using System.Text.Json;
using Zakenak.Gateway.Routing;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Protocols;

/// <summary>
/// A way to ask that is not OpenAI's chat. It is put into the one shape before anything decides about the request, and its answer back while
/// it comes: keys, limits, routing, records and metrics know one kind of request only.
/// </summary>
internal interface IProtocol
{
    string Method { get; }

    string Path { get; }

    /// <summary>What a model server is asked in its place; null where the list of models has the answer.</summary>
    ApiRoute? Route { get; }

    /// <summary>What it calls parameters, where errors name them.</summary>
    ParameterNames Names => ParameterNames.Same;

    /// <summary>How its streams are framed.</summary>
    EventFraming Framing => EventFraming.ServerSentEvents;

    /// <summary>Writes the members of the request that is made of this one, or says by name what is wrong. Only for a method with a body.</summary>
    /// <returns>How the answer is to be told; null where the request is refused.</returns>
    (IAnswer? Answer, Refusal? Refusal) Translate(Members request, Utf8JsonWriter json, HttpContext context);

    /// <summary>How an answer is told that no body was read for; null where there always is one.</summary>
    IAnswer? WithoutBody => null;

    /// <summary>Writes an error that is given in OpenAI's shape.</summary>
    void WriteError(JsonElement error, Utf8JsonWriter json) => error.WriteTo(json);
}
