using System.Text.RegularExpressions;

namespace Aspire.Hosting.Kubernetes;

/// <summary>What <c>Chart.yaml</c> says.</summary>
public sealed partial class HelmChartOptions
{
    private readonly KubernetesEnvironmentResource _environment;

    internal HelmChartOptions(KubernetesEnvironmentResource environment) => _environment = environment;

    public HelmChartOptions WithChartName(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (!ChartNamePattern().IsMatch(name))
            throw new ArgumentException($"Helm chart name '{name}' is invalid. Use alphanumeric characters, '-', '_', or '.'.", nameof(name));

        _environment.ChartName = name;
        return this;
    }

    public HelmChartOptions WithChartVersion(string version)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(version);
        if (!ChartVersionPattern().IsMatch(version))
            throw new ArgumentException($"Helm chart version '{version}' is invalid. It is a semantic version, e.g. '1.2.3'.", nameof(version));

        _environment.ChartVersion = version;
        return this;
    }

    public HelmChartOptions WithChartDescription(string description)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(description);
        _environment.ChartDescription = description;
        return this;
    }

    [GeneratedRegex("^[a-zA-Z0-9._-]{1,250}$")]
    private static partial Regex ChartNamePattern();

    [GeneratedRegex(@"^v?(0|[1-9]\d*)(\.(0|[1-9]\d*)){0,2}(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$")]
    private static partial Regex ChartVersionPattern();
}
