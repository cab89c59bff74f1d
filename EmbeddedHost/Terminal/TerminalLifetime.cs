using System.Runtime.InteropServices;
using EmbeddedHost.Orchestration;
using EmbeddedHost.Processes;
using Microsoft.Extensions.Hosting;

namespace EmbeddedHost.Terminal;

/// <summary>
/// Ctrl-C, SIGTERM, a closed terminal or the death of <c>dotnet run</c> stop the application in order; a second Ctrl-C kills everything at once.
/// </summary>
internal sealed class TerminalLifetime(IHostApplicationLifetime lifetime, TerminalReporter terminal, Lazy<Orchestrator> orchestrator, TimeProvider time) : IHostLifetime, IDisposable
{
    private readonly List<PosixSignalRegistration> _signals = [];
    private readonly CancellationTokenSource _ended = new();
    private readonly Lock _lock = new();
    private DateTimeOffset? _firstRequest;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGQUIT, PosixSignal.SIGHUP })
            _signals.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                Stop();
            }));
        _ = WatchParentAsync();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _ended.Cancel();
        foreach (var signal in _signals)
            signal.Dispose();
        _ended.Dispose();
    }

    private void Stop()
    {
        lock (_lock)
        {
            if (_firstRequest is null)
            {
                _firstRequest = time.GetUtcNow();
                terminal.Line("embedded host: stopping (Ctrl-C again kills at once)");
                lifetime.StopApplication();
                return;
            }

            // Tools like timeout(1) signal the process and then its group: that is one request, not two.
            if (time.GetUtcNow() - _firstRequest < TimeSpan.FromMilliseconds(300))
                return;
        }

        terminal.Line("embedded host: killing");
        orchestrator.Value.KillAll();

        // What a shell reports for a program ended by Ctrl-C: 128 + SIGINT.
        Environment.Exit(130);
    }

    private async Task WatchParentAsync()
    {
        try
        {
            await ParentWatch.WaitForDotnetRunToEndAsync(_ended.Token).ConfigureAwait(false);
            lifetime.StopApplication();
        }
        catch (OperationCanceledException)
        {
        }
    }
}
