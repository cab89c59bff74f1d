using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Database;

internal static class DatabaseSetup
{
    /// <summary>Opened when somebody first asks for it; ask only where <see cref="Database.IsConfigured"/>.</summary>
    public static void AddDatabase(this WebApplicationBuilder builder) =>
        builder.Services.AddSecret(Database.Key).AddSingleton(s => Database.Open(
            s.GetRequiredService<IConfiguration>(), s.GetRequiredService<ServiceContext>()));
}
