using Aspire.Hosting.Kubernetes.Resources;

namespace Zakenak.AppHost.Kubernetes;

/// <summary>What a container may take, by value.</summary>
internal static class Resources
{
    public static void Apply(ContainerV1 container, string values)
    {
        container.Resources = new();
        foreach (var (kind, amounts) in new[] { ("requests", container.Resources.Requests), ("limits", container.Resources.Limits) })
        {
            foreach (var name in new[] { "cpu", "memory", "ephemeral-storage" })
                amounts[name] = $"{{{{ .Values.{values}.{kind}.{(name == "ephemeral-storage" ? "ephemeralStorage" : name)} }}}}";
        }
    }
}
