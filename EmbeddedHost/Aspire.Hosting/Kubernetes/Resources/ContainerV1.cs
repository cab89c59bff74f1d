namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Kubernetes' <c>Container</c>.</summary>
public sealed class ContainerV1
{
    public List<string> Command { get; } = [];
    public string Image { get; set; } = null!;
    public LifecycleV1? Lifecycle { get; set; }
    public ProbeV1? LivenessProbe { get; set; }
    public string Name { get; set; } = null!;
    public ProbeV1? ReadinessProbe { get; set; }
    public ProbeV1? StartupProbe { get; set; }
    public bool? StdinOnce { get; set; }
    public List<EnvFromSourceV1> EnvFrom { get; } = [];
    public bool? Stdin { get; set; }
    public string? WorkingDir { get; set; }
    public List<string> Args { get; } = [];
    public List<ContainerPortV1> Ports { get; } = [];
    public ResourceRequirementsV1? Resources { get; set; }
    public List<VolumeMountV1> VolumeMounts { get; } = [];
    public SecurityContextV1? SecurityContext { get; set; }
    public List<EnvVarV1> Env { get; } = [];
    public string ImagePullPolicy { get; set; } = "IfNotPresent";
    public string? RestartPolicy { get; set; }
    public string? TerminationMessagePath { get; set; }
    public string? TerminationMessagePolicy { get; set; }
    public bool? Tty { get; set; }
}
