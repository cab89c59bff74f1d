using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Zakenak.Contracts;
using Zakenak.ModelDelivery.Pulling;
using Zakenak.ModelServer.Loading;
using Zakenak.ModelTrust;
using Zakenak.ServiceDefaults;
using Refusal = Zakenak.ModelTrust.Refusal;

namespace Zakenak.ModelServer.Fetching;

/// <summary><c>ModelServer fetch</c>, for an init container or a person: the same policy and identity as serving, and no port.</summary>
internal static class FetchCommand
{
    /// <summary>Whatever went wrong; standard error says what, in one sentence.</summary>
    public const int Failed = 3;

    private static readonly TimeSpan s_enrollmentLimit = TimeSpan.FromSeconds(60);

    public static async Task<int> RunAsync(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        if (args.Any(arg => arg is "--help" or "-h"))
        {
            Console.WriteLine(FetchArguments.Help);
            return 0;
        }

        var arguments = FetchArguments.Parse(args);
        var fetched = arguments.IsSuccess ? await FetchAsync(arguments.Value, configure).ConfigureAwait(false) : arguments.Refusal;
        if (!fetched.IsSuccess)
        {
            await Console.Error.WriteLineAsync(fetched.Refusal.ToString()).ConfigureAwait(false);
            return Failed;
        }

        var at = fetched.Value;
        Console.WriteLine($"{at.Fetched.Name}:{at.Fetched.Version} ({at.Fetched.Digest}) is in {Path.GetFullPath(arguments.Value!.Destination)}, verified; {at.BytesTransferred} bytes were transferred.");
        return 0;
    }

    private static async Task<Result<PulledModel>> FetchAsync(FetchArguments arguments, Action<WebApplicationBuilder>? configure)
    {
        try
        {
            var builder = WebApplication.CreateSlimBuilder(arguments.Settings);
            using var development = UseDevelopmentSettings(builder.Configuration);
            builder.AddServiceDefaults(ServiceNames.ModelServer);
            builder.AddWorkloadIdentity();
            builder.AddFetching();
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Model:Name"] = arguments.Name,
                ["Model:Version"] = arguments.Version,
                ["Model:Directory"] = arguments.Destination,
            });
            builder.Services.AddSingleton<IServer, NoListener>();
            builder.Logging.ClearProviders();
            configure?.Invoke(builder);
            var app = builder.Build();
            await using (app.ConfigureAwait(false))
            {
                return await FetchAsync(app).ConfigureAwait(false);
            }
        }
        catch (OptionsValidationException e)
        {
            return new Refusal("configuration", e.Failures.First());
        }
        catch (StartRefusedException e)
        {
            return new Refusal("start", e.Message);
        }
    }

    private static async Task<Result<PulledModel>> FetchAsync(WebApplication app)
    {
        await app.StartAsync().ConfigureAwait(false);
        var stopping = app.Lifetime.ApplicationStopping;
        var progress = new FetchProgress(
            Console.Out, !Console.IsOutputRedirected, app.Services.GetRequiredService<IOptions<ModelOptions>>().Value.Id, app.Services.GetRequiredService<TimeProvider>());
        try
        {
            if (!app.Services.HasRegistry())
            {
                return new Refusal("configuration", "No registry is configured (Registry:Url), and no suite runs here.");
            }

            if (await EnrollAsync(app.Services, stopping).ConfigureAwait(false) is { } notEnrolled)
            {
                return notEnrolled;
            }

            return await app.Services.GetRequiredService<ModelFetcher>().FetchAsync(progress, stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return new Refusal("cancelled", "The fetch was told to stop; run it again, it goes on where it stopped.");
        }
        finally
        {
            progress.End();
            await app.StopAsync().ConfigureAwait(false);
        }
    }

    private static async Task<Refusal?> EnrollAsync(IServiceProvider services, CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(s_enrollmentLimit);
        try
        {
            await services.GetRequiredService<IWorkloadIdentity>().WaitForSvidAsync(limit.Token).ConfigureAwait(false);
            return null;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            // What keeps it from enrolling is said where /healthz says it.
            var health = await services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Name == "identity", CancellationToken.None).ConfigureAwait(false);
            return new Refusal("identity_missing", $"The registry speaks only to those who can prove who they are: {health.Entries["identity"].Description}.");
        }
    }

    private static DevelopmentSettings? UseDevelopmentSettings(ConfigurationManager configuration)
    {
        if (configuration["Registry:Url"] is not null
            || DevelopmentSettings.Find(Environment.GetEnvironmentVariable("ZAKENAK_HOME"), Environment.CurrentDirectory) is not { } found)
        {
            return null;
        }

        // First, so that whatever was configured stands above it.
        ((IConfigurationBuilder)configuration).Sources.Insert(0, new MemoryConfigurationSource { InitialData = found.Values });
        return found;
    }
}
