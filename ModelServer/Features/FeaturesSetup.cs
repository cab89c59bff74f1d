using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Features;

/// <summary>Online features in prompts.</summary>
public static class FeaturesSetup
{
    public static WebApplicationBuilder AddFeatures(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddValidatedOptions<FeaturesOptions>(FeaturesOptions.Section);
        builder.Services.AddWorkloadHttpClient(FeatureClient.ClientName, ServiceNames.FeatureProxy);
        builder.Services.AddSingleton<FeatureClient>();
        builder.Services.AddSingleton<FeatureFacts>();
        return builder;
    }
}
