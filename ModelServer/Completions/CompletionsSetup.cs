using Zakenak.Contracts;
using Zakenak.ServiceDefaults;
using Zakenak.ServiceDefaults.Grants;

namespace Zakenak.ModelServer.Completions;

/// <summary>The OpenAI surface.</summary>
public static class CompletionsSetup
{
    public static WebApplicationBuilder AddCompletions(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddValidatedOptions<CompletionsOptions>(CompletionsOptions.Section);
        builder.Services.AddSingleton<CompletionMetrics>();
        builder.Services.AddSingleton<UsageLedger>();
        builder.Services.AddSingleton<RequestReporting>();
        builder.Services.AddSingleton<ChatCompletionsEndpoint>();
        builder.Services.AddSingleton<TokenizeEndpoint>();
        return builder;
    }

    /// <summary>Only the gateway may ask, and for an answer only with a grant: who asks is the gateway's to know, this service knows no key.</summary>
    public static IEndpointRouteBuilder MapCompletions(this IEndpointRouteBuilder routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        var group = routes.MapGroup("/v1").RequireCaller(ServiceNames.Gateway);
        group.MapGet("/models", ModelsEndpoint.Handle);
        group.MapGet("/usage/{request}", (string request, UsageLedger ledger) => ledger.Handle(request));
        group.MapPost("/chat/completions", (HttpContext context, ChatCompletionsEndpoint endpoint) => endpoint.HandleAsync(context))
            .RequireGrant(ServiceNames.ModelServer);
        group.MapPost("/tokenize", (HttpContext context, TokenizeEndpoint endpoint) => endpoint.HandleAsync(context))
            .RequireGrant(ServiceNames.ModelServer);
        return routes;
    }
}
