namespace EmbeddedHost.Health;

/// <summary>What one check of one replica said last.</summary>
internal sealed record HealthReport(string Url, bool IsHealthy, string? Reason);
