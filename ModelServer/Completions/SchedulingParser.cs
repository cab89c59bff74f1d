using Zakenak.ModelServer.Batching;

namespace Zakenak.ModelServer.Completions;

/// <summary>Reads <c>zakenak.priority</c> and <c>zakenak.cache_scope</c>.</summary>
public static class SchedulingParser
{
    private const int MaxScopeLength = 128;

    /// <summary>Normal where nothing is said.</summary>
    public static Priority Priority(JsonFields fields) => Read(fields, "priority", 16) switch
    {
        null or "normal" => Batching.Priority.Normal,
        "high" => Batching.Priority.High,
        "low" => Batching.Priority.Low,
        _ => Refuse(fields),
    };

    /// <summary>The key's where nothing is said.</summary>
    public static CacheScope CacheScope(JsonFields fields) => Read(fields, "cache_scope", MaxScopeLength) switch
    {
        null or "key" => Completions.CacheScope.Key,
        "tenant" => Completions.CacheScope.Tenant,
        var name => Completions.CacheScope.Named(name),
    };

    private static string? Read(JsonFields fields, string name, int maxLength)
    {
        ArgumentNullException.ThrowIfNull(fields);
        if (fields.Nested("zakenak") is not { } extension)
        {
            return null;
        }

        var nested = new JsonFields(extension, "zakenak");
        var text = nested.Text(name, maxLength);
        fields.Refuse(nested.Refusal);
        return text;
    }

    private static Priority Refuse(JsonFields fields)
    {
        fields.Refuse(RequestRefusals.Invalid("zakenak.priority", "'zakenak.priority' must be high, normal or low."));
        return Batching.Priority.Normal;
    }
}
