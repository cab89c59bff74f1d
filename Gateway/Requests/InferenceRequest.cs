using Zakenak.Gateway.ApiKeys;
using Zakenak.Gateway.Limits;
using Zakenak.Gateway.Routing;
using Zakenak.Gateway.Screening;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Requests;

/// <summary>What the steps of the pipeline learn about one request, one after the other; source of its log line and metrics.</summary>
internal sealed class InferenceRequest(string id, ApiRoute? api, long startedAt)
{
    /// <summary>The <c>x-request-id</c>.</summary>
    public string Id { get; } = id;

    /// <summary>What is asked of a model server; null where the gateway itself has the answer.</summary>
    public ApiRoute? Api { get; } = api;

    /// <summary>Timestamp of the <see cref="TimeProvider"/>.</summary>
    public long StartedAt { get; } = startedAt;

    /// <summary>Known once the key is.</summary>
    public Client? Client { get; set; }

    /// <summary>Known once the body is read and screened.</summary>
    public ScreenedBody? Body { get; set; }

    /// <summary>Known once the model is found.</summary>
    public ModelRoute? Route { get; set; }

    /// <summary>What is reserved for it; known before it is forwarded.</summary>
    public TokenReservation? Tokens { get; set; }

    /// <summary>The replica that is asked at the moment.</summary>
    public ModelServer? Server { get; set; }

    /// <summary>Why no replica of the route took it in; nothing was sent to the client, so that a fallback may still be asked.</summary>
    public Refusal? Unserved { get; set; }

    /// <summary>The signed grant that goes with it.</summary>
    public string? Grant { get; set; }

    /// <summary>What went wrong with the model server's answer before any of it was sent; the client is still to be told.</summary>
    public Refusal? Fault { get; set; }

    /// <summary>When the first generated token went out; null as long as none did.</summary>
    public long? FirstTokenAt { get; set; }

    /// <summary>Counted by the model server; null where it did not say.</summary>
    public TokenUsage? Usage { get; set; }

    /// <summary>Code of the refusal or fault; null when all went well.</summary>
    public string? Code { get; set; }
}
