namespace Zakenak.ServiceDefaults;

/// <summary>Which service is described.</summary>
internal sealed record DescribedService(string Name);
