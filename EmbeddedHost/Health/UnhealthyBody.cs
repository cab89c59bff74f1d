using System.Text.Json;

namespace EmbeddedHost.Health;

/// <summary>Makes one sentence of what a health endpoint answers when it is not well.</summary>
internal static class UnhealthyBody
{
    private const int MaxCharacters = 400;

    private static readonly string[] _reasons = ["reason", "description", "detail", "message", "exception"];

    /// <summary>Of JSON only the checks that are not healthy, with their reasons; of anything else the beginning. Empty for no body.</summary>
    public static string Summarize(string body)
    {
        var text = FromJson(body) ?? string.Join(' ', body.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return text.Length > MaxCharacters ? text[..MaxCharacters] + "…" : text;
    }

    private static string? FromJson(string body)
    {
        if (!body.TrimStart().StartsWith('{'))
            return null;

        try
        {
            using var json = JsonDocument.Parse(body);
            var found = new List<string>();
            Collect(json.RootElement, null, found);
            return found.Count == 0 ? null : string.Join("; ", found);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // ASP.NET Core leaves the shape to each service; what they have in common are objects with a status and some reason, by name.
    private static void Collect(JsonElement element, string? name, List<string> found)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return;

        if (name is not null && Text(element, "status") is { } status && !string.Equals(status, "Healthy", StringComparison.OrdinalIgnoreCase))
        {
            found.Add($"{name}: {_reasons.Select(reason => Text(element, reason)).FirstOrDefault(text => !string.IsNullOrEmpty(text)) ?? status}");
            return;
        }

        foreach (var property in element.EnumerateObject())
            Collect(property.Value, property.Name, found);
    }

    private static string? Text(JsonElement element, string property) => element.EnumerateObject()
        .Where(item => string.Equals(item.Name, property, StringComparison.OrdinalIgnoreCase) && item.Value.ValueKind == JsonValueKind.String)
        .Select(item => item.Value.GetString())
        .FirstOrDefault();
}
