using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Zakenak.Services.Tests.ServiceDefaults;

/// <summary>Every log line of a service at every level, with its values, scopes and exception.</summary>
public sealed class RecordedLog : ILoggerProvider, ISupportExternalScope
{
    private readonly ConcurrentQueue<string> _lines = new();
    private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

    public IReadOnlyList<string> Lines => [.. _lines];

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    /// <summary>Waits for a line with this text, or for so many of them; the last one is returned.</summary>
    public async Task<string> WaitForAsync(string text, int times = 1)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            if (Lines.Where(l => l.Contains(text, StringComparison.Ordinal)).ElementAtOrDefault(times - 1) is { } line)
                return line;
            if (timeout.IsCancellationRequested)
                Assert.Fail($"No log line has '{text}':\n{string.Join('\n', Lines)}");
            await Task.Delay(5);
        }
    }

    public void Dispose()
    {
    }

    private sealed class Logger(RecordedLog logs, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => logs._scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var values = state is IEnumerable<KeyValuePair<string, object?>> pairs ? string.Join(' ', pairs.Select(p => $"{p.Key}={p.Value}")) : "";
            var scopes = new List<string>();
            logs._scopes.ForEachScope((scope, list) => list.Add(scope is IEnumerable<KeyValuePair<string, object?>> s
                ? string.Join(' ', s.Select(p => $"{p.Key}={p.Value}"))
                : scope?.ToString() ?? ""), scopes);
            logs._lines.Enqueue($"{logLevel} {category}: {formatter(state, exception)} | {values} | {string.Join(' ', scopes)} | {exception}");
        }
    }
}
