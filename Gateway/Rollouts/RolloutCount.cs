using Zakenak.Gateway.Requests;

namespace Zakenak.Gateway.Rollouts;

/// <summary>Counts how requests ended for the version that a rollout chose for them. Those that pinned a version chose themselves, and are not in it.</summary>
internal sealed class RolloutCount(RolloutMetrics metrics)
{
    /// <summary>The request has ended.</summary>
    /// <param name="status">499 where the client went away: that says nothing of the version.</param>
    public void Ended(InferenceRequest request, int status, TimeSpan latency)
    {
        if (request.Arm is not { } arm || request.Route?.Model.Version != arm.Version)
            return;
        if (request.Code is "limits_unavailable" or "audit_unavailable")
            return; // the gateway's own trouble
        var failed = status >= 500 || request.ServerFailed || request.Code is "backend_error" or "backend_timeout" or "request_timeout";
        if (failed)
            arm.Failed();
        else if (status < 400 && request.Code is null)
            arm.Answered(latency);
        else
            return;
        metrics.Counted(arm.IsCandidate, failed);
    }
}
