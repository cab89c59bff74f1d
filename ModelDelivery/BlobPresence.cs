namespace Zakenak.ModelDelivery;

/// <summary>Whether the registry holds a blob.</summary>
public sealed record BlobPresence(bool IsThere);
