using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Npgsql;
using Zakenak.ServiceDefaults;

namespace Zakenak.Postgres;

/// <summary>The connection string <c>zakenak</c>: with it replicas of a service know of each other.</summary>
public static class Database
{
    public const string Key = "ConnectionStrings:zakenak";

    /// <summary>Whether one is configured.</summary>
    public static bool IsConfigured(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return configuration[Key] is { Length: > 0 };
    }

    /// <param name="loggers">Where Npgsql logs; null where it should not.</param>
    /// <exception cref="StartRefusedException">It came by environment, is malformed, or would not prove outside development whose database it is.</exception>
    public static NpgsqlDataSource Open(IConfiguration configuration, ServiceContext service, ILoggerFactory? loggers = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(service);
        var secret = configuration.FindSecret(Key, service)!;
        NpgsqlConnectionStringBuilder settings;
        try
        {
            settings = new NpgsqlConnectionStringBuilder(secret);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // The exception may quote the password.
            throw new StartRefusedException($"configuration: {Key}: not a connection string of Npgsql.", ExitCodes.Misconfigured);
        }

        if (!service.IsDevelopment && settings.SslMode is not (SslMode.VerifyFull or SslMode.VerifyCA))
        {
            throw new StartRefusedException(
                $"configuration: {Key}: outside namespace dev it must say SSL Mode=VerifyFull (or VerifyCA): anything less would give the password to whoever answers.",
                ExitCodes.Misconfigured);
        }

        settings.ApplicationName ??= service.Name;
        return new NpgsqlDataSourceBuilder(settings.ConnectionString).UseLoggerFactory(loggers).Build();
    }
}
