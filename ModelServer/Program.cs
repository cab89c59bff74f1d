using Zakenak.Contracts;
using Zakenak.ModelServer.Batching;
using Zakenak.ModelServer.Completions;
using Zakenak.ModelServer.Embeddings;
using Zakenak.ModelServer.Features;
using Zakenak.ModelServer.Fetching;
using Zakenak.ModelServer.Loading;
using Zakenak.ModelServer.Watching;
using Zakenak.ServiceDefaults;
using Zakenak.ServiceDefaults.Grants;

namespace Zakenak.ModelServer;

/// <summary>The entry point.</summary>
public static class Program
{
    public static Task<int> Main(string[] args) =>
        args is [FetchArguments.Verb, .. var fetch] ? FetchCommand.RunAsync(fetch) : ServiceProcess.RunAsync(args, Create);

    /// <summary>Builds the service; tests start it in their own process.</summary>
    public static WebApplication Create(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.AddServiceDefaults(ServiceNames.ModelServer);
        builder.AddWorkloadIdentity();
        builder.ListenForWorkloads();
        builder.Services.AddOpenAiErrors();
        builder.AddGrantVerifier();
        builder.AddFeatures();
        builder.AddBatching();
        builder.AddCompletions();
        builder.AddFetching();
        builder.AddWatching();
        builder.AddEmbeddings();
        builder.AddModelLoading();
        configure?.Invoke(builder);

        var app = builder.Build();
        app.MapServiceDefaults();
        app.UseLoadReports();
        app.MapCompletions();
        app.MapEmbeddings();
        return app;
    }
}
