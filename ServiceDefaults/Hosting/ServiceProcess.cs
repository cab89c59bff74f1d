using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Zakenak.ServiceDefaults;

/// <summary>A service's <c>Main</c>: runs it and turns how it ended into an exit code.</summary>
public static class ServiceProcess
{
    /// <summary>Wrong configuration ends in one clear line for each fault and <see cref="ExitCodes.Misconfigured"/>, not in a stack trace.</summary>
    /// <param name="args">The command line. With <c>--describe</c> first on it the service is described, with <c>--healthy</c> asked how it is, and not run.</param>
    public static async Task<int> RunAsync(string[] args, Func<string[], Action<WebApplicationBuilder>?, WebApplication> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        try
        {
            if (args is [ServiceDescription.Verb, .. var settings])
            {
                Console.WriteLine(ServiceDescription.Of(settings, create).ToJson());
                return 0;
            }

            if (args is [HealthProbe.Verb, .. var beside])
            {
                return await HealthProbe.RunAsync(beside, create).ConfigureAwait(false);
            }

            var app = create(args, MountedSettings.Check);
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
