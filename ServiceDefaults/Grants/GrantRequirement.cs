using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Zakenak.Contracts;

namespace Zakenak.ServiceDefaults.Grants;

/// <summary>Which requests carry a gateway's word.</summary>
public static partial class GrantRequirement
{
    /// <summary>Only requests with a valid grant for this service reach the endpoint: 401 with a <see cref="GrantCodes"/> code, 403 where it is for others.</summary>
    /// <param name="audience">This service, one of <see cref="ServiceNames"/>.</param>
    public static TBuilder RequireGrant<TBuilder>(this TBuilder builder, string audience)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(audience);

        // Wraps the endpoint itself, as RequireCaller does: no order of middleware can leave it unguarded.
        builder.Finally(endpoint =>
        {
            if (endpoint.RequestDelegate is not { } guarded)
            {
                throw new InvalidOperationException($"{endpoint.DisplayName} has nothing to guard.");
            }

            endpoint.RequestDelegate = context => CheckAsync(context, audience, guarded);
        });
        return builder;
    }

    private static Task CheckAsync(HttpContext context, string audience, RequestDelegate guarded)
    {
        // Two of a kind are one too many: this service and the next might take different ones.
        var sent = context.Request.Headers[HeaderNames.Grant];
        var jws = sent.Count == 1 ? sent[0] : null;
        var result = sent.Count > 1
            ? GrantResult.Refused(GrantCodes.Malformed, "The request carries more than one grant.")
            : context.RequestServices.GetRequiredService<GrantVerifier>().Verify(jws, audience, context.Features.Get<PeerFeature>());
        if (result.IsAccepted)
        {
            context.Features.Set(new VerifiedGrant(result.Grant, jws!));
            return guarded(context);
        }

        var logger = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(GrantRequirement).FullName!);
        GrantRefused(logger, result.Code, context.GetCaller(), context.GetEndpoint()?.DisplayName);
        var status = result.Code == GrantCodes.Audience ? StatusCodes.Status403Forbidden : StatusCodes.Status401Unauthorized;
        if (status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "zakenak-grant"; // RFC 9110, section 11.6.1
        }

        return context.RefuseAsync(new Refusal(status, result.Code, result.Message));
    }

    [LoggerMessage(190, LogLevel.Warning, "Refused a request with {Code}: sent by {Caller} to {Endpoint}")]
    private static partial void GrantRefused(ILogger logger, string code, SpiffeId? caller, string? endpoint);
}
