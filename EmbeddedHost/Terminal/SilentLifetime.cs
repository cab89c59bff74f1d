using Microsoft.Extensions.Hosting;

namespace EmbeddedHost.Terminal;

/// <summary>For applications inside a test process: its signals are none of our business.</summary>
internal sealed class SilentLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
