using Npgsql;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Database;

/// <summary>The connection string <c>zakenak</c>: with it replicas of the gateway know of each other.</summary>
internal static class Database
{
    public const string Key = "ConnectionStrings:zakenak";

    /// <summary>Whether one is configured.</summary>
    public static bool IsConfigured(IConfiguration configuration) => configuration[Key] is { Length: > 0 };

    /// <exception cref="StartRefusedException">It came by environment, is malformed, or would not prove outside development whose database it is.</exception>
    public static NpgsqlDataSource Open(IConfiguration configuration, ServiceContext service)
    {
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

        // Without a log of its own: it would have a line for each of the exchanges that go on all the time.
        return NpgsqlDataSource.Create(settings.ConnectionString);
    }
}
