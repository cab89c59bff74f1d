using Aspire.Hosting;

namespace EmbeddedHost.Testing;

/// <summary>The application as the test sees it: starts and ends when the test says so.</summary>
internal sealed class TestApplication(DistributedApplication application, TestSession session) : DistributedApplication(application.Host)
{
    public override async Task StartAsync(CancellationToken cancellationToken = default)
    {
        await base.StartAsync(cancellationToken).ConfigureAwait(false);
        session.Started();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync().ConfigureAwait(false);
        session.End();
    }

    public override void Dispose()
    {
        base.Dispose();
        session.End();
    }
}
