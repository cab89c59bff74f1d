using System.Globalization;
using System.Text;
using OpenTelemetry;

namespace Zakenak.ServiceDefaults;

/// <summary>OpenTelemetry's names in Prometheus' alphabet.</summary>
internal static class PrometheusNames
{
    /// <summary><c>gen_ai.server.time_to_first_token</c> in <c>s</c> becomes <c>gen_ai_server_time_to_first_token_seconds</c>.</summary>
    public static string OfMetric(string name, string? unit, string type)
    {
        var text = Clean(name, colons: true);
        var suffix = UnitSuffix(unit, type);
        if (suffix.Length > 0 && !text.EndsWith("_" + suffix, StringComparison.Ordinal))
        {
            text += "_" + suffix;
        }

        return type == "counter" && !text.EndsWith("_total", StringComparison.Ordinal) ? text + "_total" : text;
    }

    /// <summary>The labels between the braces, without them. Tags whose names become one share a label, their values joined by <c>;</c>.</summary>
    public static string Labels(ReadOnlyTagCollection tags)
    {
        if (tags.Count == 0)
        {
            return "";
        }

        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in tags)
        {
            var name = Clean(key, colons: false);
            var text = EscapeValue(ToText(value));
            labels[name] = labels.TryGetValue(name, out var before) ? before + ";" + text : text;
        }

        return string.Join(',', labels.Select(l => $"{l.Key}=\"{l.Value}\""));
    }

    public static string EscapeHelp(string? text) => (text ?? "").Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal);

    private static string ToText(object? value) => value is bool b ? (b ? "true" : "false") : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    private static string EscapeValue(string text) => EscapeHelp(text).Replace("\"", "\\\"", StringComparison.Ordinal);

    private static string Clean(string name, bool colons)
    {
        var text = new StringBuilder(name.Length + 1);
        foreach (var c in name)
        {
            var fits = char.IsAsciiLetterOrDigit(c) || c == '_' || (colons && c == ':');
            if (text.Length == 0 && char.IsAsciiDigit(c))
            {
                text.Append('_');
            }

            text.Append(fits ? c : '_');
        }

        return text.ToString();
    }

    private static string UnitSuffix(string? unit, string type) => unit switch
    {
        null or "" => "",
        "s" => "seconds",
        "ms" => "milliseconds",
        "By" => "bytes",
        "1" => type == "gauge" ? "ratio" : "",
        ['{', ..] => "", // an annotation such as {request}, not a unit
        _ => Clean(unit, colons: false),
    };
}
