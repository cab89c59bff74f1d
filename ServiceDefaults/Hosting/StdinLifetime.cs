using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Zakenak.ServiceDefaults;

/// <summary>
/// Ties the process to whoever holds its standard input: end of file means stop, and a hard exit after the grace period. Works however
/// the holder dies. Off unless asked for by environment, because a pod's standard input is at its end from the start.
/// </summary>
internal sealed partial class StdinLifetime(IHostApplicationLifetime lifetime, IOptions<ServiceOptions> options, ILogger<StdinLifetime> logger) : IHostLifetime, IDisposable
{
    public const string Variable = "EMBEDDEDHOST_STDIN_LIFETIME";

    private PosixSignalRegistration? _interrupt;
    private PosixSignalRegistration? _terminate;

    // In place of the framework's console lifetime, which would stop on an interrupt.
    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        // Ctrl-C reaches the whole process group; the holder decides the order in which things stop.
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            lifetime.StopApplication();
        });
        new Thread(WaitForEnd) { IsBackground = true, Name = "stdin lifetime" }.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _interrupt?.Dispose();
        _terminate?.Dispose();
    }

    private void WaitForEnd()
    {
        using var input = Console.OpenStandardInput();
        var ignored = new byte[256];
        try
        {
            while (input.Read(ignored) > 0)
            {
            }
        }
        catch (IOException)
        {
            // A broken pipe is an end too.
        }

        StandardInputEnded(logger);
        lifetime.StopApplication();
        Thread.Sleep(Drain.GraceOf(options.Value) + TimeSpan.FromSeconds(2));
        GracePeriodEnded(logger);
        Environment.Exit(ExitCodes.GracePeriodEnded);
    }

    [LoggerMessage(130, LogLevel.Information, "Standard input ended: stopping")]
    private static partial void StandardInputEnded(ILogger logger);

    [LoggerMessage(131, LogLevel.Error, "The grace period ended before the service stopped: exiting")]
    private static partial void GracePeriodEnded(ILogger logger);
}

internal static class StdinLifetimeSetup
{
    public static void AddStdinLifetime(this WebApplicationBuilder builder)
    {
        if (Environment.GetEnvironmentVariable(StdinLifetime.Variable) == "1")
        {
            builder.Services.AddSingleton<IHostLifetime, StdinLifetime>();
        }
    }
}
