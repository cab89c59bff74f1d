using Microsoft.AspNetCore.Server.Kestrel.Core;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;
using Zakenak.ServiceDefaults.Grants;

namespace Zakenak.FeatureProxy.Features;

/// <summary>Reading features on behalf of a request.</summary>
public static class FeaturesSetup
{
    public static WebApplicationBuilder AddFeatures(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton<FeatureReader>();
        builder.Services.AddSingleton<FeatureMetrics>();
        builder.Services.AddSingleton<FeaturesEndpoint>();
        builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.Limits.MaxRequestBodySize = FeatureRequestBody.MaxBytes);
        return builder;
    }

    public static WebApplication MapFeatures(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.MapPost("/v1/features", app.Services.GetRequiredService<FeaturesEndpoint>().AnswerAsync)
            .RequireGrant(ServiceNames.FeatureProxy)
            .RequireCaller(ServiceNames.ModelServer);
        return app;
    }
}
