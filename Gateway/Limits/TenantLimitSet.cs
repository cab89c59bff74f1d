using System.Text.Json.Serialization;

namespace Zakenak.Gateway.Limits;

/// <summary>Limits of a tenant in the file of keys, and of its use of models by their names.</summary>
internal sealed record TenantLimitSet : LimitSet
{
    [JsonPropertyName("models")]
    public IReadOnlyDictionary<string, LimitSet>? Models { get; init; }
}
