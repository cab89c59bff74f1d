using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Zakenak.ServiceDefaults;

/// <summary>Classes that hold instruments.</summary>
public static class InstrumentsSetup
{
    /// <summary>Registers one that is made with the host: a series that comes up with its first event or its first reader is missing when somebody asks why nothing happens.</summary>
    public static IServiceCollection AddInstruments<T>(this IServiceCollection services)
        where T : class =>
        services.AddSingleton<T>().AddHostedService<MadeWithHost<T>>();

#pragma warning disable CS9113 // Asking for it is what makes it.
    private sealed class MadeWithHost<T>(T instruments) : IHostedService
#pragma warning restore CS9113
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
