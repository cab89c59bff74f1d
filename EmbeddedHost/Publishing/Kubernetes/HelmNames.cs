using System.Text.RegularExpressions;

namespace EmbeddedHost.Publishing.Kubernetes;

/// <summary>Names of objects, and of the values that templates refer to.</summary>
internal static partial class HelmNames
{
    public const string Parameters = "parameters";
    public const string Secrets = "secrets";
    public const string Config = "config";

    public static string DeploymentOf(string resource) => $"{resource.ToLowerInvariant()}-deployment";

    public static string ServiceOf(string resource) => $"{resource.ToLowerInvariant()}-service";

    public static string ConfigMapOf(string resource) => $"{resource.ToLowerInvariant()}-config";

    public static string SecretOf(string resource) => $"{resource.ToLowerInvariant()}-secrets";

    /// <summary>Helm's paths can't hold a hyphen.</summary>
    public static string Key(string name) => name.Replace('-', '_');

    public static string Expression(string path) => $"{{{{ {path} }}}}";

    public static string ValueOf(string section, string resource, string key) => Expression($".Values.{section}.{Key(resource)}.{Key(key)}");

    public static bool RefersToSecret(string text) => SecretPattern().IsMatch(text);

    public static bool RefersToValues(string text) => ValuesPattern().IsMatch(text);

    /// <summary>Text that must not be quoted: a branch, or a number once it is rendered.</summary>
    public static bool IsPlain(string text) => PlainPattern().IsMatch(text);

    [GeneratedRegex(@"\{\{[^}]*\.Values\.secrets\.")]
    private static partial Regex SecretPattern();

    [GeneratedRegex(@"\{\{[^}]*\.Values\.")]
    private static partial Regex ValuesPattern();

    [GeneratedRegex(@"^\{\{\s*if\b|\{\{[^}]*\|\s*(int|int64|float64)\s*\}\}")]
    private static partial Regex PlainPattern();
}
