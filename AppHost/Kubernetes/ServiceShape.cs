using Zakenak.Contracts;

namespace Zakenak.AppHost.Kubernetes;

/// <summary>How large a service is and what it keeps, for every environment.</summary>
/// <param name="Key">Its section of the chart's values.</param>
/// <param name="StateGiB">Size of the volume that outlives a pod; 0 = it keeps nothing.</param>
/// <param name="IsOneWriter">What it keeps has one writer, so it never runs twice; otherwise each replica has a volume of its own.</param>
internal sealed record ServiceShape(string Name, string Key, int StateGiB, bool IsOneWriter, ServiceSize Development, ServiceSize Staging, ServiceSize Production)
{
    public static IReadOnlyList<ServiceShape> All { get; } =
    [
        new(ServiceNames.CertAuthority, "certAuthority", 1, true, new(1, 50, 96), new(1, 100, 128), new(1, 200, 192)),
        new(ServiceNames.FeatureProxy, "featureProxy", 0, false, new(1, 50, 96), new(2, 100, 128), new(3, 250, 256)),
        new(ServiceNames.Gateway, "gateway", 10, false, new(1, 100, 128), new(2, 250, 256), new(3, 1000, 512)),
        new(ServiceNames.ModelRegistry, "modelRegistry", 20, true, new(1, 50, 128), new(1, 100, 192), new(1, 250, 256)),
        new(ServiceNames.ModelServer, "modelServer", 0, false, new(1, 500, 512), new(2, 1000, 512), new(2, 2000, 1024)),
    ];

    public bool KeepsState => StateGiB > 0;

    public static ServiceShape Of(string name) => All.Single(shape => shape.Name == name);
}

/// <param name="Replicas">Pods.</param>
/// <param name="CpuMilli">Requested thousandths of a core; up to four times as many may be used.</param>
/// <param name="MemoryMiB">Requested memory, which is also the limit doubled: .NET's collector fits itself into what there is.</param>
internal sealed record ServiceSize(int Replicas, int CpuMilli, int MemoryMiB);
