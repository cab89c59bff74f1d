using Zakenak.Contracts;
using Zakenak.ModelServer.Completions;

namespace Zakenak.ModelServer.Features;

/// <summary>Reads <c>zakenak.features</c> of a chat request.</summary>
public static class FeatureRequestParser
{
    private const int MaxEntities = 8;
    private const int MaxRefs = 32;
    private const int MaxLength = 128;

    /// <summary>What is asked for; null where nothing is. What is wrong is remembered by <paramref name="fields"/>.</summary>
    public static FeatureRequest? Parse(JsonFields fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        if (fields.Nested("zakenak") is not { } extension)
        {
            return null;
        }

        var nested = new JsonFields(extension, "zakenak");
        if (nested.Nested("features") is not { } features)
        {
            fields.Refuse(nested.Refusal);
            return null;
        }

        var parts = new JsonFields(features, "zakenak.features");
        var request = new FeatureRequest(Entity(parts), Refs(parts));
        fields.Refuse(parts.Refusal);
        return request;
    }

    private static Dictionary<string, string> Entity(JsonFields features)
    {
        var entity = new Dictionary<string, string>(StringComparer.Ordinal);
        if (features.Nested("entity") is not { } given)
        {
            features.Refuse("entity", "must be an object of view names and entity ids");
            return entity;
        }

        foreach (var property in given.EnumerateObject())
        {
            if (entity.Count == MaxEntities)
            {
                features.Refuse("entity", $"must have at most {MaxEntities} entries");
                break;
            }

            if (IsName(property.Name) && JsonFields.TryGetText(property.Value, out var id) && IsPlain(id))
            {
                entity[property.Name] = id;
            }
            else
            {
                features.Refuse("entity", $"must map view names to ids, strings of 1 to {MaxLength} characters without control characters");
                break;
            }
        }

        return entity;
    }

    private static List<string> Refs(JsonFields features)
    {
        var refs = new List<string>();
        if (features.List("refs", MaxRefs) is not { } given || given.GetArrayLength() == 0)
        {
            features.Refuse("refs", "must be an array of at least one feature reference");
            return refs;
        }

        foreach (var item in given.EnumerateArray())
        {
            if (!JsonFields.TryGetText(item, out var reference) || reference.Length > MaxLength
                || reference.Split(':') is not [var view, var feature] || !IsName(view) || !IsName(feature))
            {
                features.Refuse("refs", "must be references 'view:feature' of letters, digits, '_', '-' and '.'");
                break;
            }

            refs.Add(reference);
        }

        return refs;
    }

    private static bool IsName(string name) =>
        name.Length is >= 1 and <= MaxLength && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');

    private static bool IsPlain(string id) => id.Length is >= 1 and <= MaxLength && !id.Any(char.IsControl);
}
