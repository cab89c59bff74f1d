using System.Reflection;
using Aspire.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace EmbeddedHost.Testing;

/// <summary>
/// An AppHost inside a test process. Its own entry point runs on a thread of its own and pauses where it builds (so that the test can look
/// at the model and change it) and where it runs (so that the test decides when it starts and ends).
/// </summary>
internal sealed class TestSession(Assembly? entryAssembly, string[] args, Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configure)
{
    // Flows from the thread of the entry point into all that it calls, and nowhere else: tests run in parallel.
    private static readonly AsyncLocal<TestSession?> _current = new();

    private readonly TaskCompletionSource<DistributedApplicationBuilder> _builder = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<DistributedApplication> _application = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _build = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static TestSession? Current => _current.Value;

    public bool HasEntryPoint => entryAssembly is not null;

    /// <summary>Runs the entry point up to where it builds its application.</summary>
    public Task<DistributedApplicationBuilder> RunEntryPointAsync(CancellationToken cancellationToken)
    {
        var entryPoint = entryAssembly?.EntryPoint
            ?? throw new InvalidOperationException($"The assembly {entryAssembly?.GetName().Name} has no entry point.");
        new Thread(() => Run(entryPoint)) { IsBackground = true, Name = entryAssembly.GetName().Name + ".EntryPoint" }.Start();
        return _builder.Task.WaitAsync(cancellationToken);
    }

    public T RunHere<T>(Func<T> action)
    {
        _current.Value = this;
        try
        {
            return action();
        }
        finally
        {
            _current.Value = null;
        }
    }

    public void Configure(DistributedApplicationOptions options, HostApplicationBuilderSettings settings)
    {
        options.Args = options.Args is { Length: > 0 } own ? own : args;
        options.AssemblyName ??= entryAssembly?.GetName().Name;
        options.DisableDashboard = true;
        settings.Configuration ??= new();
        settings.Configuration.AddInMemoryCollection([new("DcpPublisher:RandomizePorts", "true")]);
        configure(options, settings);
    }

    public void Building(DistributedApplicationBuilder builder)
    {
        if (!HasEntryPoint)
            return;
        _builder.TrySetResult(builder);
        _build.Task.GetAwaiter().GetResult();
    }

    public void Built(DistributedApplication application) => _application.TrySetResult(application);

    public async Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken)
    {
        _build.TrySetResult();
        return await _application.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Called by the AppHost's own code.</summary>
    public Task WaitForStartAsync(CancellationToken cancellationToken) => _started.Task.WaitAsync(cancellationToken);

    /// <summary>Called by the AppHost's own code.</summary>
    public Task WaitForEndAsync(CancellationToken cancellationToken) => _ended.Task.WaitAsync(cancellationToken);

    public void Started() => _started.TrySetResult();

    /// <summary>Lets the entry point go, wherever it waits.</summary>
    public void End()
    {
        _build.TrySetCanceled();
        _started.TrySetCanceled();
        _ended.TrySetResult();
    }

    private void Run(MethodInfo entryPoint)
    {
        _current.Value = this;
        try
        {
            var result = entryPoint.Invoke(null, entryPoint.GetParameters().Length == 0 ? [] : [args]);
            if (result is Task task)
                task.GetAwaiter().GetResult();
            Failed(new InvalidOperationException("The entry point ended without building an application."));
        }
        catch (TargetInvocationException exception)
        {
            Failed(exception.InnerException ?? exception);
        }
        catch (Exception exception)
        {
            // An unhandled exception here would end the test process; it belongs to whoever waits for the application.
            Failed(exception);
        }
    }

    private void Failed(Exception exception)
    {
        _builder.TrySetException(exception);
        _application.TrySetException(exception);

        // Nobody may be waiting: then the exception is not "unobserved".
        _ = _builder.Task.Exception;
        _ = _application.Task.Exception;
    }
}
