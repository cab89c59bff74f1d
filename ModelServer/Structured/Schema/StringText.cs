using Zakenak.ModelServer.Structured.Grammar;

namespace Zakenak.ModelServer.Structured.Schema;

/// <summary>A string: of some length, or by one pattern or format.</summary>
internal static class StringText
{
    public static GrammarNode Build(SchemaDocument document, JsonText json, Conjunction schemas)
    {
        var min = schemas.All("minLength").Select(item => (int)item.Value.GetDouble()).DefaultIfEmpty(0).Max();
        var max = schemas.All("maxLength").Select(item => (int?)item.Value.GetDouble()).DefaultIfEmpty(null).Min();
        List<(string Pointer, string Pattern)> patterns =
        [
            .. schemas.All("pattern").Select(item => (item.Pointer, item.Value.GetString()!)),
            .. schemas.All("format").Select(item => (item.Pointer, StringFormats.Pattern(item.Value.GetString()!)!)),
        ];
        patterns = [.. patterns.DistinctBy(item => item.Pattern)];
        if (max < min)
        {
            return GrammarNode.Never;
        }

        if (patterns.Count == 0)
        {
            return min == 0 && max is null ? json.AnyString : JsonText.Quoted(GrammarNode.Times(json.Character, min, max));
        }

        var (pointer, pattern) = patterns[0];
        if (patterns.Count > 1)
        {
            document.Unsupported(patterns[1].Pointer, "is not supported beside another pattern or format");
            return GrammarNode.Never;
        }

        var (text, problem) = PatternParser.Parse(pattern, json.Character);
        if (text is null)
        {
            document.Unsupported(pointer, problem ?? "is not supported");
            return GrammarNode.Never;
        }

        if (text.MinLength < min || (max is not null && (text.MaxLength is null || text.MaxLength > max)))
        {
            document.Unsupported(pointer, "is supported beside minLength or maxLength only where it keeps to them by itself");
            return GrammarNode.Never;
        }

        return JsonText.Quoted(text.Content);
    }
}
