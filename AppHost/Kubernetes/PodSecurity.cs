using Aspire.Hosting.Kubernetes.Resources;

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
}
