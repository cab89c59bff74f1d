using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Zakenak.ServiceDefaults;

/// <summary>Options that follow their configuration while the service runs. A wrong change is refused with its key, and the last good values stay in force.</summary>
/// <remarks>Not <see cref="IOptionsMonitor{T}"/>: that throws at whoever reads next, which would be a request.</remarks>
public sealed partial class LiveOptions<T> : IDisposable
    where T : class
{
    private readonly IOptionsFactory<T> _factory;
    private readonly ILogger<LiveOptions<T>> _logger;
    private readonly IDisposable _subscription;
    private volatile T _current;

    public LiveOptions(IOptionsFactory<T> factory, IConfiguration configuration, ILogger<LiveOptions<T>> logger)
    {
        ArgumentNullException.ThrowIfNull(factory);
        ArgumentNullException.ThrowIfNull(configuration);
        (_factory, _logger) = (factory, logger);
        _current = factory.Create(Options.DefaultName);
        _subscription = ChangeToken.OnChange(configuration.GetReloadToken, Reload);
    }

    /// <summary>The values in force. Read it once for what belongs together.</summary>
    public T Current => _current;

    public void Dispose() => _subscription.Dispose();

    private void Reload()
    {
        try
        {
            _current = _factory.Create(Options.DefaultName);
        }
        catch (OptionsValidationException e)
        {
            foreach (var failure in e.Failures)
            {
                ChangeRefused(_logger, failure);
            }
        }
    }

    [LoggerMessage(132, LogLevel.Error, "Refused a change of configuration, the values before it stay in force: {Failure}")]
    private static partial void ChangeRefused(ILogger logger, string failure);
}

/// <summary>Registers options that follow their configuration.</summary>
public static class LiveOptionsSetup
{
    /// <summary>As <see cref="ValidatedOptions.AddValidatedOptions{T}"/>; read as <see cref="LiveOptions{T}"/>.</summary>
    public static OptionsBuilder<T> AddLiveOptions<T>(this IServiceCollection services, string section)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddSingleton<LiveOptions<T>>();
        return services.AddValidatedOptions<T>(section);
    }
}
