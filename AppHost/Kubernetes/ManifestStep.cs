using Aspire.Hosting.Pipelines;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.AppHost.Kubernetes.Admission;
using Zakenak.AppHost.Kubernetes.Charts;
using Zakenak.AppHost.Kubernetes.Compose;
using Zakenak.AppHost.Kubernetes.Kustomize;
using Zakenak.AppHost.Kubernetes.Observability;
using Zakenak.AppHost.Kubernetes.Scale;

#pragma warning disable ASPIREPIPELINES001, ASPIREPIPELINES004
namespace Zakenak.AppHost.Kubernetes;

/// <summary>
/// Comes after the publisher: takes the chart that it wrote, lets every concern add what the object model cannot express, and leaves
/// <c>chart/</c>, <c>kustomize/</c> and <c>compose/</c>.
/// </summary>
internal static class ManifestStep
{
    public const string Name = "manifests";

    /// <summary>Comes before the publisher.</summary>
    public const string Before = "manifests-clear";

    /// <summary>What a publisher left that was stopped would be taken for this one's.</summary>
    public static Task ClearAsync(PipelineStepContext context)
    {
        OutputFolder.RemovePublished(context.Services.GetRequiredService<IPipelineOutputService>().GetOutputDirectory());
        return Task.CompletedTask;
    }

    public static Task RunAsync(PipelineStepContext context, string appHostDirectory)
    {
        var output = context.Services.GetRequiredService<IPipelineOutputService>().GetOutputDirectory();
        try
        {
            OutputFolder.Replace(output, Files(ChartFiles.Read(output), appHostDirectory));
        }
        catch
        {
            // Aspire reports a step that failed, and leaves the code as it is.
            Environment.ExitCode = 1;
            throw;
        }
        finally
        {
            OutputFolder.RemovePublished(output);
        }

        return Task.CompletedTask;
    }

    private static SortedDictionary<string, string> Files(ChartFiles chart, string appHostDirectory)
    {
        // Each adds knobs, changes templates or adds some; the order is that of values.yaml.
        var guideSizeMiB = GuideModel.SizeMiB(appHostDirectory);
        ChartTexts.AddTo(chart);
        ServiceValues.AddTo(chart);
        Configuration.AddTo(chart);
        Provided.AddTo(chart);
        GatewayClients.AddTo(chart);
        Administration.AddTo(chart.Values);
        ModelPods.AddTo(chart, GuideModel.Name, GuideModel.Version, guideSizeMiB);
        EdgeObjects.AddTo(chart);
        BackendTls.AddTo(chart);
        Network.AddTo(chart);
        SecretSources.AddTo(chart);
        PodSecurity.AddTo(chart);
        ApiServerAccess.AddTo(chart);
        RootChange.AddTo(chart);
        NamespaceObjects.AddTo(chart);
        Monitoring.AddTo(chart);
        PrometheusIdentity.AddTo(chart);
        Autoscalers.AddTo(chart);
        AdmissionPolicies.AddTo(chart);
        ModelPods.RepeatForVersions(chart);

        var rendered = chart.Render();
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, text) in rendered)
            files["chart/" + name] = text;
        foreach (var (name, text) in KustomizeFiles.Make(chart, rendered, guideSizeMiB))
            files["kustomize/" + name] = text;
        foreach (var (name, text) in ComposeFiles.Make(chart, rendered, guideSizeMiB))
            files["compose/" + name] = text;

        return files;
    }
}
