using Microsoft.Extensions.Logging;
using Microsoft.Extensions.ObjectPool;

namespace Zakenak.ServiceDefaults;

/// <summary>
/// Logs as JSON, one line each, in the shape of .NET's own JSON console. That one formats each message twice and writes each line by itself, which was a
/// good part of what a request through the gateway cost.
/// </summary>
[ProviderAlias("Console")]
internal sealed class JsonLogProvider(TimeProvider time, LineSink sink) : ILoggerProvider, ISupportExternalScope
{
    private readonly DefaultObjectPool<JsonLogLine> _lines = new(new DefaultPooledObjectPolicy<JsonLogLine>());
    private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, this);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public void Dispose() => sink.Dispose();

    private void Write(string category, LogLevel level, EventId id, string? message, object? state, Exception? exception)
    {
        var line = _lines.Get();
        sink.Write(line.Write(time.GetUtcNow(), category, level, id, message, state, exception, _scopes));
        _lines.Return(line);
    }

    private sealed class Logger(string category, JsonLogProvider provider) : ILogger
    {
        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => provider._scopes.Push(state);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            provider.Write(category, logLevel, eventId, state is IJsonLogState ? null : formatter(state, exception), state, exception);
    }
}
