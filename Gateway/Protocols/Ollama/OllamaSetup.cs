using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Protocols.Ollama;

internal static class OllamaSetup
{
    /// <summary>All of its addresses lie under this.</summary>
    public const string Prefix = "/api";

    private static readonly Refusal _elsewhere = new(StatusCodes.Status404NotFound, "not_found",
        "There is nothing at this address for this method: models are pushed and promoted with zakenak, not here.");

    public static void AddOllama(this IServiceCollection services)
    {
        services.AddSingleton<IProtocol>(s => new OllamaGeneration(isChat: true, s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IProtocol>(s => new OllamaGeneration(isChat: false, s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IProtocol, OllamaEmbed>();
        services.AddSingleton<IProtocol, OllamaTags>();
        services.AddSingleton<IProtocol, OllamaShow>();
        services.AddSingleton<IProtocol, OllamaVersion>();
    }

    /// <summary>What Ollama has and this is not, such as pulling models: refused in its own way of telling errors.</summary>
    public static void MapOllamaElsewhere(this IEndpointRouteBuilder app)
    {
        var pipeline = app.CreateApplicationBuilder();
        pipeline.UseProtocolAnswers(new OllamaTags());
        pipeline.Run(context => context.RefuseAsync(_elsewhere));
        app.Map(Prefix + "/{**path}", pipeline.Build());
    }
}
