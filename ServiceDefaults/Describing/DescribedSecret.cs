namespace Zakenak.ServiceDefaults;

/// <summary>A configuration key whose value is a secret.</summary>
internal sealed record DescribedSecret(string Key);
