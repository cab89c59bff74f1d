using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Zakenak.ServiceDefaults;

/// <summary>Which id may do what.</summary>
public static partial class CallerRequirement
{
    /// <summary>Only these service accounts, of our own namespace and trust domain, reach the endpoint; anyone else gets a 403.</summary>
    public static TBuilder RequireCaller<TBuilder>(this TBuilder builder, params string[] services)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);

        // Wraps the endpoint itself: no order of middleware can leave it unguarded.
        builder.Finally(endpoint =>
        {
            if (endpoint.RequestDelegate is not { } guarded)
            {
                throw new InvalidOperationException($"{endpoint.DisplayName} has nothing to guard.");
            }

            endpoint.RequestDelegate = context => IsAllowed(context, services) ? guarded(context) : RefuseAsync(context);
        });
        return builder;
    }

    /// <summary>
    /// The workload at the other end of the connection, as proved in the handshake; null where no client certificate was presented, or
    /// where it expired since: a connection does not extend the life of the SVID that opened it.
    /// </summary>
    public static SpiffeId? GetCaller(this HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var peer = context.Features.Get<PeerFeature>();
        return peer is not null && peer.NotAfter > context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow() ? peer.Id : null;
    }

    private static bool IsAllowed(HttpContext context, string[] services)
    {
        var own = context.RequestServices.GetRequiredService<IWorkloadIdentity>().Id;
        return context.GetCaller() is { Service: { } service } caller && caller.TrustDomain == own.TrustDomain && caller.Namespace == own.Namespace
            && services.Contains(service, StringComparer.Ordinal);
    }

    private static Task RefuseAsync(HttpContext context)
    {
        var logger = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(CallerRequirement).FullName!);
        CallerRefused(logger, context.GetCaller(), context.Request.Method, context.GetEndpoint()?.DisplayName);
        return context.RefuseAsync(new Refusal(StatusCodes.Status403Forbidden, "caller_not_allowed", "This caller may not use this endpoint."));
    }

    [LoggerMessage(101, LogLevel.Warning, "Refused {Caller}: it may not call {Method} {Endpoint}")]
    private static partial void CallerRefused(ILogger logger, SpiffeId? caller, string method, string? endpoint);
}
