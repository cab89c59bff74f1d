using Aspire.Hosting.ApplicationModel;
using EmbeddedHost.Publishing;
using EmbeddedHost.Terminal;
using EmbeddedHost.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>An application that can run: its processes, their logs and a dashboard.</summary>
public class DistributedApplication : IHost, IAsyncDisposable
{
    private readonly IHost _host;
    private readonly TestSession? _testSession;

    private protected DistributedApplication(IHost host)
        : this(host, null)
    {
    }

    internal DistributedApplication(IHost host, TestSession? testSession)
    {
        _host = host;
        _testSession = testSession;
        ResourceNotifications = host.Services.GetRequiredService<ResourceNotificationService>();
    }

    public IServiceProvider Services => _host.Services;

    public ResourceNotificationService ResourceNotifications { get; }

    public static IDistributedApplicationBuilder CreateBuilder() => CreateBuilder([]);

    public static IDistributedApplicationBuilder CreateBuilder(string[] args) => new DistributedApplicationBuilder(args);

    public static IDistributedApplicationBuilder CreateBuilder(DistributedApplicationOptions options) => new DistributedApplicationBuilder(options);

    public virtual void Dispose()
    {
        _host.Dispose();
        GC.SuppressFinalize(this);
    }

    public virtual async ValueTask DisposeAsync()
    {
        await ((IAsyncDisposable)_host).DisposeAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    public virtual async Task StartAsync(CancellationToken cancellationToken = default)
    {
        // In a test the application starts when the test says so, not when the AppHost's own last line runs.
        if (_testSession is not null)
            await _testSession.WaitForStartAsync(cancellationToken).ConfigureAwait(false);
        else if (IsPublishing)
            await Services.GetRequiredService<PublishRun>().RunAsync(cancellationToken).ConfigureAwait(false);
        else
            await _host.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    public virtual Task StopAsync(CancellationToken cancellationToken = default) => _host.StopAsync(cancellationToken);

    /// <summary>Runs until it is asked to stop. What keeps it from starting is printed, with exit code 1.</summary>
    public virtual async Task RunAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (_testSession is null && UserErrors.Is(exception))
        {
            await Console.Error.WriteLineAsync(exception.Message).ConfigureAwait(false);
            Environment.ExitCode = 1;
            await DisposeAsync().ConfigureAwait(false);
            return;
        }

        if (_testSession is not null)
        {
            await _testSession.WaitForEndAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        // Published: there is nothing to wait for.
        if (IsPublishing)
        {
            await DisposeAsync().ConfigureAwait(false);
            return;
        }

        await _host.WaitForShutdownAsync(cancellationToken).ConfigureAwait(false);
        Services.GetRequiredService<TerminalReporter>().Line("embedded host: stopped");
        await DisposeAsync().ConfigureAwait(false);
    }

    public void Run() => RunAsync().GetAwaiter().GetResult();

    internal IHost Host => _host;

    private bool IsPublishing => Services.GetRequiredService<DistributedApplicationExecutionContext>().IsPublishMode;
}
