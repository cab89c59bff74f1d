using System.Globalization;
using EmbeddedHost.Orchestration;

namespace EmbeddedHost.Terminal;

/// <summary>Tells the person at the terminal what happens: one line for each change that matters, a table when all is ready, a summary on failure.</summary>
internal sealed class TerminalReporter(TerminalOutput output, TimeProvider time)
{
    private static readonly TimeSpan _waitingLineInterval = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private long _startedAt = time.GetTimestamp();
    private readonly Dictionary<Replica, long> _lastWaitingLine = [];
    private bool? _tableShown;

    /// <summary>The dashboard's login link, once it listens.</summary>
    public string? DashboardUrl { get; set; }

    public bool Verbose { get; set; }

    public void Starting(IReadOnlyList<ResourceRunner> runners)
    {
        _startedAt = time.GetTimestamp();
        Line($"embedded host: starting {runners.Count} resources{(DashboardUrl is null ? "" : $", dashboard at {DashboardUrl}")}");
    }

    public void Output(string name, string text, bool isError)
    {
        if (Verbose)
            Line($"{output.Dim($"[{name}]")} {(isError ? output.Yellow(Printable(text)) : Printable(text))}");
    }

    public void Changed(Replica replica, ReplicaStatus before, ReplicaStatus after)
    {
        if (!IsWorthALine(replica, before, after))
            return;

        var reason = after.Reason is { } text ? " · " + Printable(text) : "";
        Line($"{Elapsed()}  {replica.Name,-20} {Colored(after.State)}{reason}");
    }

    /// <summary>The table, once when nothing more is going to change by itself and once when really everything is ready.</summary>
    public void Table(IReadOnlyList<ResourceRunner> runners, bool allReady)
    {
        lock (_lock)
        {
            if (_tableShown is { } complete && (complete || !allReady))
                return;
            _tableShown = allReady;
        }

        output.Write(Environment.NewLine + ResourceTable.Format(runners, DashboardUrl, output) + Environment.NewLine);
    }

    public void Failure(Replica replica, string reason, IReadOnlyList<ResourceRunner> runners)
    {
        var lines = new List<string> { "", output.Red($"{replica.Name} failed to start: {Printable(reason)}") };
        var log = replica.Log.Last(15);
        if (log.Count > 0)
        {
            lines.Add("  Its last log lines:");
            lines.AddRange(log.Select(entry => "    " + Printable(entry.Text)));
        }

        var waiting = runners.Where(other => other.WaitsFor(replica.Resource, runners)).Select(other => other.Name).ToArray();
        if (waiting.Length > 0)
            lines.Add($"  Waiting for it: {string.Join(", ", waiting)}");

        lines.Add("  It is tried again with growing delays; the dashboard shows its whole log.");
        lines.Add("");
        output.Write(string.Join(Environment.NewLine, lines));
    }

    /// <summary>For those who take long: what keeps them.</summary>
    public void Remind(IReadOnlyList<ResourceRunner> runners)
    {
        foreach (var replica in runners.SelectMany(runner => runner.Replicas))
        {
            if (replica.Status is { State: ReplicaState.Starting, Reason: { } reason })
                Line($"{Elapsed()}  {replica.Name,-20} still starting · {Printable(reason)}");
        }
    }

    public void Warning(string text) => Line(output.Yellow(text));

    public void Line(string text) => output.Write(text);

    private bool IsWorthALine(Replica replica, ReplicaStatus before, ReplicaStatus after)
    {
        if (before.State != after.State)
        {
            // Without a check there is nothing between "starting" and "running"; one that fails over and over says so once per failure.
            return replica.HasChecks || after.State is not (ReplicaState.Starting or ReplicaState.Running)
                || (after.State == ReplicaState.Running && replica.FailuresInARow == 0);
        }

        if (after.State != ReplicaState.Waiting || before.Reason == after.Reason)
            return false;

        // What it waits for changes with every answer of a health check; a line every few seconds shows that it goes on.
        lock (_lock)
        {
            if (_lastWaitingLine.TryGetValue(replica, out var last) && time.GetElapsedTime(last) < _waitingLineInterval)
                return false;
            _lastWaitingLine[replica] = time.GetTimestamp();
            return true;
        }
    }

    private string Elapsed() => output.Dim(string.Create(CultureInfo.InvariantCulture, $"{time.GetElapsedTime(_startedAt).TotalSeconds,6:0.0} s"));

    private string Colored(ReplicaState state) => state switch
    {
        ReplicaState.Running => output.Green(StateNames.Of(state)),
        ReplicaState.FailedToStart => output.Red(StateNames.Of(state)),
        ReplicaState.Unhealthy or ReplicaState.Backoff => output.Yellow(StateNames.Of(state)),
        _ => StateNames.Of(state),
    };

    // What a process wrote must not move the cursor or change the title of the person's terminal.
    private static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) && c != '\t' ? '�' : c));
}
