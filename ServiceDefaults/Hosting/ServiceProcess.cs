using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Zakenak.ServiceDefaults;

/// <summary>A service's <c>Main</c>: runs it and turns how it ended into an exit code.</summary>
public static class ServiceProcess
{
    /// <summary>Wrong configuration ends in one clear line for each fault and <see cref="ExitCodes.Misconfigured"/>, not in a stack trace.</summary>
    public static async Task<int> RunAsync(Func<WebApplication> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        try
        {
            var app = create();
            await using (app.ConfigureAwait(false))
            {
                CheckOptions(app.Services);
                await app.RunAsync().ConfigureAwait(false);
                return Environment.ExitCode;
            }
        }
        catch (OptionsValidationException e)
        {
            foreach (var failure in e.Failures)
            {
                await Console.Error.WriteLineAsync("configuration: " + failure).ConfigureAwait(false);
            }

            return ExitCodes.Misconfigured;
        }
        catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            await Console.Error.WriteLineAsync("start: " + e.Message).ConfigureAwait(false);
            return ExitCodes.Misconfigured;
        }
        catch (StartRefusedException e)
        {
            await Console.Error.WriteLineAsync("start: " + e.Message).ConfigureAwait(false);
            return e.ExitCode;
        }
    }

    // The host checks them too, but logs a stack trace before it lets go of the exception.
    private static void CheckOptions(IServiceProvider services)
    {
        services.GetService<IStartupValidator>()?.Validate();
        _ = services.GetRequiredService<IOptions<KestrelServerOptions>>().Value; // the listeners
    }
}
