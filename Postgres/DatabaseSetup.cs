using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Zakenak.ServiceDefaults;

namespace Zakenak.Postgres;

public static class DatabaseSetup
{
    /// <summary>Opened when somebody first asks for it; ask only where <see cref="Database.IsConfigured"/>.</summary>
    /// <param name="logged">Whether Npgsql logs: a line for each command of those that go on all the time may be too much.</param>
    public static void AddDatabase(this WebApplicationBuilder builder, bool logged)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSecret(Database.Key).AddSingleton(s => Database.Open(
            s.GetRequiredService<IConfiguration>(), s.GetRequiredService<ServiceContext>(), logged ? s.GetRequiredService<ILoggerFactory>() : null));
    }
}
