using Microsoft.Extensions.Options;
using Zakenak.Audit;
using Zakenak.Postgres;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelRegistry;

/// <summary>Where versions are kept.</summary>
public static class StoreSetup
{
    public static WebApplicationBuilder AddStore(this WebApplicationBuilder builder)
    {
        builder.Services.AddValidatedOptions<StoreOptions>("Registry").PostConfigure(MakeFolder);
        builder.AddDatabase(logged: true);
        builder.Services.AddSingleton<FileVersionStore>();
        builder.Services.AddSingleton<PostgresEvents>();
        builder.Services.AddSingleton<PostgresVersionStore>();
        builder.Services.AddSingleton<IVersionStore>(s => Database.IsConfigured(s.GetRequiredService<IConfiguration>())
            ? s.GetRequiredService<PostgresVersionStore>()
            : s.GetRequiredService<FileVersionStore>());
        builder.Services.AddHealthChecks().AddCheck<StoreHealth>("store");
        return builder;
    }

    // Blobs and uploads need it before anybody writes, if only to ask for the free space.
    private static void MakeFolder(StoreOptions options)
    {
        if (options.Directory is not { Length: > 0 })
        {
            return; // validation names it
        }

        try
        {
            DurableFiles.CreateFolder(options.PathOf(""));
        }
        catch (Exception e) when (e.IsDiskFault())
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(StoreOptions), [$"Registry:Directory: {e.Message}"]);
        }
    }
}
