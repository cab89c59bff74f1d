using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Kubernetes;
using Aspire.Hosting.Pipelines;
using EmbeddedHost.Publishing.Kubernetes;

#pragma warning disable ASPIREPIPELINES001
namespace Aspire.Hosting;

/// <summary>Adds a cluster to publish for.</summary>
public static class KubernetesEnvironmentExtensions
{
    /// <summary>Adds the cluster; publishing writes a Helm chart for it in the step <c>publish-NAME</c>.</summary>
    public static IResourceBuilder<KubernetesEnvironmentResource> AddKubernetesEnvironment(this IDistributedApplicationBuilder builder, string name)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        var environment = new KubernetesEnvironmentResource(name);

        // What runs is no cluster: then it is no resource either.
        if (!builder.ExecutionContext.IsPublishMode)
            return builder.CreateResourceBuilder(environment);

        builder.Pipeline.AddStep(
            $"publish-{name}",
            context => ChartPublisher.PublishAsync(environment, context),
            dependsOn: WellKnownPipelineSteps.PublishPrereq,
            requiredBy: WellKnownPipelineSteps.Publish);
        return builder.AddResource(environment);
    }

    /// <summary>Publishes as a Helm chart, which is what happens anyway.</summary>
    public static IResourceBuilder<KubernetesEnvironmentResource> WithHelm(
        this IResourceBuilder<KubernetesEnvironmentResource> builder, Action<HelmChartOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        configure?.Invoke(new(builder.Resource));
        return builder;
    }

    public static IResourceBuilder<KubernetesEnvironmentResource> WithProperties(
        this IResourceBuilder<KubernetesEnvironmentResource> builder, Action<KubernetesEnvironmentResource> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        configure(builder.Resource);
        return builder;
    }

    public static IResourceBuilder<KubernetesEnvironmentResource> WithDashboard(
        this IResourceBuilder<KubernetesEnvironmentResource> builder, bool enabled = true)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Resource.DashboardEnabled = enabled;
        return builder;
    }
}
