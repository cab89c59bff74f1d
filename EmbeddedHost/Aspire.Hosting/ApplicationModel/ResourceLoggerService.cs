using EmbeddedHost.Orchestration;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>One line of a process's log.</summary>
public readonly record struct LogLine(int LineNumber, string Content, bool IsErrorMessage);

/// <summary>The console logs of resources.</summary>
public class ResourceLoggerService
{
    private readonly Lazy<Orchestrator> _orchestrator;

    internal ResourceLoggerService(Lazy<Orchestrator> orchestrator) => _orchestrator = orchestrator;

    /// <summary>What is kept of the logs, and then what comes, in batches; it does not end by itself.</summary>
    public IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(IResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return WatchAsync(resource.Name);
    }

    /// <inheritdoc cref="WatchAsync(IResource)"/>
    public async IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(string resourceName)
    {
        var replicas = Replicas(resourceName);
        var read = new long[replicas.Count];
        while (true)
        {
            using (var others = new CancellationTokenSource())
            {
                await Task.WhenAny(replicas.Select((replica, i) => replica.Log.WaitAfterAsync(read[i], others.Token))).ConfigureAwait(false);
                await others.CancelAsync().ConfigureAwait(false);
            }

            for (var i = 0; i < replicas.Count; i++)
            {
                var entries = replicas[i].Log.After(read[i]);
                if (entries.Count == 0)
                    continue;
                read[i] = entries[^1].Number;
                yield return Lines(entries);
            }
        }
    }

    /// <summary>What is kept of the logs now.</summary>
    public IAsyncEnumerable<IReadOnlyList<LogLine>> GetAllAsync(IResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return GetAllAsync(resource.Name);
    }

    /// <inheritdoc cref="GetAllAsync(IResource)"/>
    public async IAsyncEnumerable<IReadOnlyList<LogLine>> GetAllAsync(string resourceName)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (var replica in Replicas(resourceName))
            yield return Lines(replica.Log.After(0));
    }

    private static LogLine[] Lines(IReadOnlyList<EmbeddedHost.Logs.LogEntry> entries) =>
        entries.Select(entry => new LogLine((int)entry.Number, entry.Text, entry.IsError)).ToArray();

    private IReadOnlyList<Replica> Replicas(string resourceName)
    {
        if (_orchestrator.Value.Find(resourceName) is { } runner)
            return runner.Replicas;
        var replica = _orchestrator.Value.Runners.SelectMany(item => item.Replicas)
            .FirstOrDefault(item => string.Equals(item.Name, resourceName, StringComparison.OrdinalIgnoreCase));
        return replica is null ? throw new ArgumentException($"There is no running resource '{resourceName}'.", nameof(resourceName)) : [replica];
    }
}
