using System.Collections.Frozen;
using System.Text.Json;

namespace Zakenak.FeatureProxy.Store;

/// <summary>
/// Reads a seed file: <c>{"views":{"customer":{"features":["tier"]}},"rows":[{"view":"customer","tenant":"dev","entity":"42","features":{"tier":"gold"}}]}</c>.
/// Everything is checked before anything is used, and a fault names its row.
/// </summary>
internal static class SeedFile
{
    /// <summary>Beyond this a file is no seed; it would be read into memory.</summary>
    public const int MaxBytes = 64 * 1024 * 1024;

    /// <summary>Characters of one value: it goes into a prompt.</summary>
    public const int MaxValueLength = 512;

    /// <exception cref="SeedException">The file is missing, unreadable or wrong.</exception>
    public static FeatureSnapshot Read(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (file.Length > MaxBytes)
            {
                throw new SeedException($"the file is larger than {MaxBytes} bytes");
            }

            return Check(JsonSerializer.Deserialize(file, SeedJson.Default.SeedDocument) ?? throw new SeedException("the file holds null"));
        }
        catch (JsonException e)
        {
            // The serializer's own sentence may quote what it met.
            throw new SeedException($"{Place(e)} is not of the expected form (line {e.LineNumber + 1})", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SeedException($"the file cannot be read ({e.GetType().Name})", e);
        }
    }

    private static FeatureSnapshot Check(SeedDocument seed)
    {
        var views = seed.Views.ToFrozenDictionary(v => v.Key, v => ViewOf(v.Key, v.Value), StringComparer.Ordinal);
        var rows = new Dictionary<(string View, string Tenant, string Entity), FeatureRow>();
        for (var i = 0; i < seed.Rows.Count; i++)
        {
            var row = RowOf($"rows[{i}]", seed.Rows[i], views);
            if (!rows.TryAdd((row.View, row.Tenant, row.Entity), row))
            {
                throw new SeedException($"rows[{i}] repeats the view, tenant and entity of an earlier row");
            }
        }

        return new FeatureSnapshot(views, rows.ToFrozenDictionary());
    }

    private static FeatureView ViewOf(string name, SeedView view)
    {
        if (!FeatureNames.IsName(name))
        {
            throw new SeedException($"views: a view's name must be 1 to {FeatureNames.MaxNameLength} of a-z 0-9 _");
        }

        if (view is not { Features.Count: > 0 } || !view.Features.All(f => FeatureNames.IsName(f)))
        {
            throw new SeedException($"views.{name}.features must name its features, each 1 to {FeatureNames.MaxNameLength} of a-z 0-9 _");
        }

        return new FeatureView(name, view.Features.ToFrozenSet(StringComparer.Ordinal));
    }

    private static FeatureRow RowOf(string place, SeedRow? row, FrozenDictionary<string, FeatureView> views)
    {
        if (row is null)
        {
            throw new SeedException($"{place} is null");
        }

        if (!views.TryGetValue(row.View, out var view))
        {
            throw new SeedException($"{place}.view is none of the file's views");
        }

        if (!FeatureNames.IsId(row.Tenant) || !FeatureNames.IsId(row.Entity))
        {
            throw new SeedException($"{place}: tenant and entity must be 1 to {FeatureNames.MaxIdLength} of A-Z a-z 0-9 . _ @ -");
        }

        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (feature, value) in row.Features)
        {
            if (!view.Features.Contains(feature))
            {
                throw new SeedException($"{place}.features has a feature that view {view.Name} does not define");
            }

            if (TextOf($"{place}.features.{feature}", value) is { } text)
            {
                values.Add(feature, text);
            }
        }

        return new FeatureRow(row.View, row.Tenant, row.Entity, values.ToFrozenDictionary(StringComparer.Ordinal));
    }

    private static string? TextOf(string place, JsonElement value)
    {
        var text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            JsonValueKind.Null => null,
            _ => throw new SeedException($"{place} must be text, a number, true, false or null"),
        };

        // One value is one line of the prompt: a line break in it would forge another fact.
        return text is null || (text.Length <= MaxValueLength && !text.Any(c => char.IsControl(c) || c is '\u2028' or '\u2029'))
            ? text
            : throw new SeedException($"{place} must be one line of at most {MaxValueLength} characters");
    }

    private static string Place(JsonException e) => e.Path is { Length: > 2 } path && path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : "the file";
}
