using Aspire.Hosting;
using Microsoft.Extensions.Options;

namespace EmbeddedHost.Terminal;

/// <summary>Errors whose message is meant for the person at the terminal: printed as they are, with exit code 1 and without a stack trace.</summary>
internal static class UserErrors
{
    private static int _subscribed;

    public static bool Is(Exception exception) => exception is DistributedApplicationException or OptionsValidationException;

    /// <summary>For what an AppHost throws while it describes its resources: nobody is there yet to catch it.</summary>
    public static void PrintUnhandled()
    {
        if (Interlocked.Exchange(ref _subscribed, 1) == 0)
            AppDomain.CurrentDomain.UnhandledException += (_, unhandled) =>
            {
                if (unhandled.ExceptionObject is Exception exception && Is(exception))
                {
                    Console.Error.WriteLine(exception.Message);
                    Environment.Exit(1);
                }
            };
    }
}
