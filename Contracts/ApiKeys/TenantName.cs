using System.Text.RegularExpressions;

namespace Zakenak.Contracts;

/// <summary>How a tenant may be called: it is a label of metrics and a part of other names.</summary>
public static partial class TenantName
{
    public const string Rule = "a name of 1 to 63 lower-case letters, digits and '-'";

    public static bool IsValid(string? name) => name is not null && Pattern().IsMatch(name);

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,62}\\z")]
    private static partial Regex Pattern();
}
