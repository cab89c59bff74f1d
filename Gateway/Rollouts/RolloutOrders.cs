using System.Security.Cryptography;
using Zakenak.Contracts;
using Zakenak.Gateway.Routing;

namespace Zakenak.Gateway.Rollouts;

/// <summary>What somebody wants, checked and made a rollout.</summary>
internal static class RolloutOrders
{
    public const string Canary = "canary";
    public const string BlueGreen = "blue_green";

    private const int MinRequests = 10;
    private const int MaxSteps = 20;
    private const int MaxWaitSeconds = 30 * 24 * 3600;
    private const string NoModel = "model must be the name of one.";

    /// <summary>Null where the order makes sense.</summary>
    public static string? FaultOf(RolloutOrder order) =>
        !ModelVersion.IsName(order.Model) ? NoModel
        : !ModelVersion.IsVersion(order.To) || (order.From is { } from && !ModelVersion.IsVersion(from)) ? "to and from must be versions, vN."
        : order.Strategy is not (null or Canary or BlueGreen) ? $"strategy must be {Canary} or {BlueGreen}."
        : order.From == order.To && order.Strategy != BlueGreen ? "from and to must be different versions."
        : order.Strategy == BlueGreen && order.Steps is { Count: > 1 } ? $"{BlueGreen} has one step."
        : order.MinRequests is < MinRequests ? $"min_requests must be {MinRequests} or more."
        : (order.Steps is { } steps ? FaultOf(steps) : null) ?? (order.Guard is { } guard ? FaultOf(guard) : null);

    /// <summary>Null where these can be the steps of a rollout.</summary>
    public static string? FaultOf(IReadOnlyList<RolloutStep> steps)
    {
        if (steps.Count is 0 or > MaxSteps || steps[^1]?.Percent != 100)
            return $"steps must be 1 to {MaxSteps}, the last of them 100 percent.";
        for (var i = 0; i < steps.Count; i++)
        {
            if (steps[i] is not { Percent: > 0 and <= 100, WaitSeconds: >= 0 and <= MaxWaitSeconds } || (i > 0 && steps[i].Percent <= steps[i - 1].Percent))
                return $"steps[{i}] must have more percent than the one before and at most 100, and wait_seconds from 0 to {MaxWaitSeconds}.";
        }

        return null;
    }

    /// <summary>The rollout at its beginning; one without anything to wait for is at its end.</summary>
    public static Rollout Begin(RolloutOrder order, string from, RolloutsOptions defaults, string by, DateTimeOffset now)
    {
        var isCanary = order.Strategy != BlueGreen;
        var guard = order.Guard ?? defaults.Guard;
        var rollout = new Rollout
        {
            Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)),
            Model = order.Model,
            From = from,
            To = order.To,
            IsCanary = isCanary,
            Steps = order.Steps ?? (isCanary ? defaults.Steps : [new RolloutStep(100, 0)]),
            Guard = guard with { MinRequests = order.MinRequests ?? guard.MinRequests },
            Automatic = order.Automatic ?? true,
            Reason = "started",
            By = by,
            Started = now,
            Changed = now,
        };
        return !isCanary && rollout.Steps[0].WaitSeconds == 0
            ? rollout.Ended(RolloutState.Promoted, new(by, now, "switched"))
            : rollout;
    }

    private static string? FaultOf(RolloutGuard guard) =>
        guard is { MinRequests: >= MinRequests, MaxErrorRatio: >= 1 and <= 1000, ErrorMargin: >= 0 and <= 1, MaxLatencyRatio: >= 1 and <= 1000 }
            ? null
            : $"guard must have min_requests of {MinRequests} or more, ratios from 1 to 1000, and error_margin from 0 to 1.";
}
