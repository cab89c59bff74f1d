using Zakenak.Contracts;
using Zakenak.ServiceDefaults;
using Zakenak.ServiceDefaults.Grants;

namespace Zakenak.ModelServer.Embeddings;

/// <summary>Vectors of texts.</summary>
public static class EmbeddingsSetup
{
    public static WebApplicationBuilder AddEmbeddings(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddValidatedOptions<EmbeddingsOptions>(EmbeddingsOptions.Section);
        builder.Services.AddSingleton<EmbeddingQueue>();
        builder.Services.AddSingleton<EmbeddingsEndpoint>();
        return builder;
    }

    /// <summary>The gateway alone may ask, with a grant, as for a chat.</summary>
    public static IEndpointRouteBuilder MapEmbeddings(this IEndpointRouteBuilder routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        routes.MapPost("/v1/embeddings", (HttpContext context, EmbeddingsEndpoint endpoint) => endpoint.HandleAsync(context))
            .RequireCaller(ServiceNames.Gateway)
            .RequireGrant(ServiceNames.ModelServer);
        return routes;
    }
}
