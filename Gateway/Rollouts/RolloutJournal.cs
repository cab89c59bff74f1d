using System.Globalization;
using Zakenak.Audit;
using Zakenak.Gateway.Audit;

namespace Zakenak.Gateway.Rollouts;

/// <summary>Tells of every change of a rollout, whoever made it: in the log, in a metric, and in the audit log.</summary>
internal sealed partial class RolloutJournal(RolloutMetrics metrics, GatewayAudit audit, ILogger<RolloutJournal> logger)
{
    private string? _notCompared;

    /// <summary>It is in force. A log that takes no records holds no rollout back: going back from a bad version must not wait for a disk.</summary>
    public async Task ChangedAsync(Rollout rollout)
    {
        _notCompared = null;
        metrics.Changed(rollout.LastChange);
        RolloutChanged(logger, rollout.Model, rollout.Id, rollout.LastChange, rollout.From, rollout.To, rollout.Percent, rollout.By, rollout.Reason);
        await audit.RecordAsync(new AuditRecord(rollout.By, "rollout." + rollout.LastChange, $"{rollout.Model}:{rollout.To}", AuditOutcome.Done)
        {
            Details = new Dictionary<string, string>
            {
                ["rollout"] = rollout.Id,
                ["from"] = rollout.From,
                ["percent"] = rollout.Percent.ToString(CultureInfo.InvariantCulture),
                ["reason"] = rollout.Reason,
            },
        });
    }

    /// <summary>Nothing can be decided now. Said once.</summary>
    public void NotCompared(Rollout rollout, string reason)
    {
        if (_notCompared == reason)
            return;
        _notCompared = reason;
        ComparisonFailed(logger, rollout.Model, rollout.Id, reason);
    }

    [LoggerMessage(LogLevel.Information, "Changed rollout {Id} of {Model}: {Change}, {Percent} % of clients from {From} to {To}, by {By}: {Reason}")]
    private static partial void RolloutChanged(
        ILogger logger, string model, string id, string change, string from, string to, double percent, string by, string reason);

    [LoggerMessage(LogLevel.Error, "Could not compare the versions of {Model} in rollout {Id}, it stays where it is: {Reason}")]
    private static partial void ComparisonFailed(ILogger logger, string model, string id, string reason);
}
