using Aspire.Hosting.Kubernetes.Resources;
using YamlDotNet.RepresentationModel;
using Zakenak.AppHost.Kubernetes.Charts;

namespace Zakenak.AppHost.Kubernetes;

/// <summary>The <c>restricted</c> Pod Security Standard, and a read-only root besides.</summary>
internal static class PodSecurity
{
    /// <summary>The user that .NET's images have for this; a fixed number, so that volumes can be given to it.</summary>
    public const long User = 1654;

    public static void Harden(PodSpecV1 pod)
    {
        pod.HostUsers = null;
        pod.EnableServiceLinks = false;
        pod.SecurityContext = new()
        {
            RunAsNonRoot = true,
            RunAsUser = User,
            RunAsGroup = User,
            FsGroup = User,
            FsGroupChangePolicy = "OnRootMismatch",
            SeccompProfile = new() { Type = "RuntimeDefault" },
            AppArmorProfile = new() { Type = "RuntimeDefault" },
        };
        foreach (var container in pod.Containers.Concat(pod.InitContainers))
        {
            container.SecurityContext = new()
            {
                RunAsNonRoot = true,
                RunAsUser = User,
                RunAsGroup = User,
                AllowPrivilegeEscalation = false,
                Privileged = false,
                ReadOnlyRootFilesystem = true,
                Capabilities = new() { Drop = { "ALL" } },
                SeccompProfile = new() { Type = "RuntimeDefault" },
            };
        }
    }

    /// <summary>What differs between nodes: those with SELinux have no AppArmor, and their kubelet refuses a pod that asks for it.</summary>
    public static void AddTo(ChartFiles chart)
    {
        chart.Values.Describe("pods", "What holds for all pods.");
        chart.Values.Add("pods.appArmor", "true", "Whether they ask for the runtime's AppArmor profile. false where nodes have none, such as those with SELinux, whose kubelet would refuse them.", """{ "type": "boolean" }""");
        foreach (var shape in ServiceShape.All)
        {
            var context = (YamlMappingNode)chart.Template(ServiceValues.WorkloadOf(shape)).Pod()["securityContext"];
            var profile = context["appArmorProfile"];
            context.Children.Remove("appArmorProfile");
            context.When("if $.Values.pods.appArmor", ("appArmorProfile", profile));
        }
    }
}
