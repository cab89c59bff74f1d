using System.Text;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Kubernetes;
using Aspire.Hosting.Kubernetes.Resources;
using Aspire.Hosting.Pipelines;
using Microsoft.Extensions.DependencyInjection;

#pragma warning disable ASPIREPIPELINES001, ASPIREPIPELINES004
namespace EmbeddedHost.Publishing.Kubernetes;

/// <summary>Writes the application as a Helm chart: <c>Chart.yaml</c>, <c>values.yaml</c>, <c>templates/RESOURCE/OBJECT.yaml</c>.</summary>
internal static class ChartPublisher
{
    public static async Task PublishAsync(KubernetesEnvironmentResource environment, PipelineStepContext context)
    {
        var files = await FilesAsync(environment, context).ConfigureAwait(false);

        // All of it was made before any of it is written: a model that can't be published leaves what was there.
        var output = context.Services.GetRequiredService<IPipelineOutputService>().GetOutputDirectory();
        foreach (var (name, text) in files)
        {
            var path = Path.Combine(output, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, text, new UTF8Encoding(false), context.CancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<Dictionary<string, string>> FilesAsync(KubernetesEnvironmentResource environment, PipelineStepContext context)
    {
        if (environment.DashboardEnabled)
            throw PublishedValues.Unpublishable(environment.Name, "there is no image of a dashboard to deploy", "turn it off: WithDashboard(false)");

        var files = new Dictionary<string, string>();
        Dictionary<string, Dictionary<string, object>> values = new() { [HelmNames.Parameters] = [], [HelmNames.Secrets] = [], [HelmNames.Config] = [] };
        foreach (var resource in context.Model.Resources.OfType<IComputeResource>())
        {
            var published = await PublishedResource.CreateAsync(resource, environment, context.ExecutionContext, context.CancellationToken).ConfigureAwait(false);
            foreach (var customization in resource.Annotations.OfType<KubernetesServiceCustomizationAnnotation>())
                customization.Configure(published);

            foreach (var item in published.TemplatedResources())
            {
                var name = $"templates/{resource.Name}/{FileNameOf(resource, item)}.yaml";
                if (!files.TryAdd(name, "---\n" + KubernetesYaml.Write(item)))
                    throw PublishedValues.Unpublishable(resource.Name, $"two of its objects are named '{item.Metadata.Name}'", "give each object a name of its own, whatever its kind");
            }

            foreach (var (section, entries) in published.Values)
                values[section][HelmNames.Key(resource.Name)] = entries;
        }

        files["Chart.yaml"] = KubernetesYaml.Write(ChartOf(environment));
        files["values.yaml"] = KubernetesYaml.Write(values);
        return files;
    }

    private static string FileNameOf(IResource resource, BaseKubernetesResource item)
    {
        if (string.IsNullOrWhiteSpace(item.Metadata.Name))
            return item.GetType().Name.ToLowerInvariant();

        var prefix = resource.Name.ToLowerInvariant() + "-";
        return item.Metadata.Name.StartsWith(prefix, StringComparison.Ordinal) ? item.Metadata.Name[prefix.Length..] : item.Metadata.Name;
    }

    private static Dictionary<string, object> ChartOf(KubernetesEnvironmentResource environment) => new()
    {
        ["apiVersion"] = "v2",
        ["name"] = environment.ChartName,
        ["version"] = environment.ChartVersion,
        ["kubeVersion"] = ">= 1.18.0-0",
        ["description"] = environment.ChartDescription,
        ["type"] = "application",
        ["keywords"] = new[] { "aspire", "kubernetes" },
        ["appVersion"] = environment.ChartVersion,
        ["deprecated"] = false,
    };
}
