using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Zakenak.ServiceDefaults.Grants;

/// <summary>Gives a service the making or the checking of grants. Both need <c>AddWorkloadIdentity</c>.</summary>
public static class GrantsSetup
{
    /// <summary>For the gateway.</summary>
    public static IServiceCollection AddGrantIssuer(this IServiceCollection services) => services.AddSingleton<GrantIssuer>();

    /// <summary>For the services behind it.</summary>
    public static IServiceCollection AddGrantVerifier(this IServiceCollection services) => services.AddSingleton<GrantVerifier>();

    /// <summary>As above.</summary>
    public static WebApplicationBuilder AddGrantIssuer(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddGrantIssuer();
        return builder;
    }

    /// <summary>As above.</summary>
    public static WebApplicationBuilder AddGrantVerifier(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddGrantVerifier();
        return builder;
    }

    /// <summary>The grant that <c>RequireGrant</c> let in.</summary>
    /// <exception cref="InvalidOperationException">The endpoint does not require one.</exception>
    public static VerifiedGrant GetGrant(this HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Features.Get<VerifiedGrant>() ?? throw new InvalidOperationException("The endpoint does not require a grant.");
    }
}
