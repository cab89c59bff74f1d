namespace Zakenak.ServiceDefaults;

/// <summary>What the management port answers.</summary>
/// <param name="Port">The port's name.</param>
/// <param name="Live">Answers while the process can answer at all: start and liveness.</param>
/// <param name="Ready">Answers 200 when the service can do its work: readiness.</param>
/// <param name="Metrics">Prometheus text, for named callers.</param>
public sealed record ServiceProbes(
    string Port = ManagementPort.Name, string Live = ServiceProbes.LivePath, string Ready = ServiceProbes.ReadyPath, string Metrics = ServiceProbes.MetricsPath)
{
    public const string LivePath = "/livez";
    public const string ReadyPath = "/healthz";
    public const string MetricsPath = "/metrics";
}
