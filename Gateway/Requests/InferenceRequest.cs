using System.Runtime.CompilerServices;
using Zakenak.Gateway.Forwarding;
using Zakenak.Gateway.Identity;
using Zakenak.Gateway.Limits;
using Zakenak.Gateway.Resilience;
using Zakenak.Gateway.Rollouts;
using Zakenak.Gateway.Routing;
using Zakenak.Gateway.Screening;
using Zakenak.ServiceDefaults;
using Zakenak.ServiceDefaults.Grants;

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

    private EndActs _ends;

    /// <summary>Acts that are still to be done at its end.</summary>
    public int Ends { get; private set; }

    /// <summary>Known once the sender is.</summary>
    public Client? Client { get; set; }

    /// <summary>Why it was not let in; null as long as it is or may still be.</summary>
    public AccessFault? AccessFault { get; set; }

    /// <summary>Known once the body is read and screened.</summary>
    public ScreenedBody? Body { get; set; }

    /// <summary>Known once the model is found.</summary>
    public ModelRoute? Route { get; set; }

    /// <summary>What the limits said of it last, which the answer's headers repeat.</summary>
    public Admission Admission { get; set; }

    /// <summary>Where it counts in a rollout that chose the version for it; null where none did.</summary>
    public ArmSample? Arm { get; set; }

    /// <summary>What its tenant has left; there from its admission on.</summary>
    public TenantLimits? Tenant { get; set; }

    /// <summary>What is reserved for it; known before it is forwarded.</summary>
    public TokenReservation? Tokens { get; set; }

    /// <summary>The replica that is asked, or was asked last.</summary>
    public ModelServer? Server { get; set; }

    /// <summary>The replica that it is counted in at; null while it is nowhere.</summary>
    public ModelServer? Place { get; set; }

    /// <summary>Whether that one failed, though its answer may have begun.</summary>
    public bool ServerFailed { get; set; }

    /// <summary>How long it may still take; there while it is forwarded.</summary>
    public AnswerDeadline? Deadline { get; set; }

    /// <summary>Ends when a replica that lost a hedge has let go of the body; null where none did.</summary>
    public Task? Loser { get; set; }

    /// <summary>The body that goes out; there while it is forwarded.</summary>
    public ReadOnlyMemory<byte> Outgoing { get; set; }

    /// <summary>Whether no other route is tried where nobody of this one takes it in: then forwarding itself says so to the client.</summary>
    public bool IsLastRoute { get; set; }

    /// <summary>Why no replica of the route took it in; nothing was sent to the client, so that a fallback may still be asked.</summary>
    public Refusal? Unserved { get; set; }

    /// <summary>The signed grant that goes with it.</summary>
    public MintedGrant Grant { get; set; }

    /// <summary>What went wrong with the model server's answer before any of it was sent; the client is still to be told.</summary>
    public Refusal? Fault { get; set; }

    /// <summary>When the first generated token went out; null as long as none did.</summary>
    public long? FirstTokenAt { get; set; }

    /// <summary>Counted by the model server; null where it did not say.</summary>
    public TokenUsage? Usage { get; private set; }

    /// <summary>Bytes of the answer as the model server gave it.</summary>
    public long AnswerBytes { get; private set; }

    /// <summary>Why the answer ended; null where it did not say.</summary>
    public string? Finish { get; private set; }

    /// <summary>
    /// Has something undone when the request ends, the last first: what a step takes it gives back so. A step that awaits the next one only to clean up
    /// after it would cost each request a state machine.
    /// </summary>
    public void AtEnd(Action<InferenceRequest> act) => _ends[Ends++] = act;

    /// <summary>Does what is to be done at its end, but for the first acts. To be called again without harm.</summary>
    /// <param name="keep">How many stay for later.</param>
    public void End(int keep = 0)
    {
        if (Ends <= keep)
            return;
        var act = _ends[--Ends]!;
        _ends[Ends] = null;
        try
        {
            act(this);
        }
        finally
        {
            End(keep);
        }
    }

    /// <summary>An event, or the whole answer, has come from the model server.</summary>
    public void Received(ReadOnlySpan<byte> part)
    {
        AnswerBytes += part.Length;
        Finish = FinishReason.Find(part) ?? Finish;
    }

    /// <summary>Code of the refusal or fault; null when all went well.</summary>
    public string? Code { get; set; }

    /// <summary>Takes in what the model server says that it took. More than was granted it can't have taken: then nothing is known.</summary>
    public void TakeUsage(TokenUsage? usage)
    {
        if (usage is { } said && Tokens?.Covers(said) == false)
            (usage, Code) = (null, "backend_invalid_usage");
        Usage = usage;
    }

    /// <summary>As many as there are steps that take something.</summary>
    [InlineArray(4)]
    private struct EndActs
    {
        private Action<InferenceRequest>? _first;
    }
}
