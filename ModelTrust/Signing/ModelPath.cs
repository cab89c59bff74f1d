using System.Text;

namespace Zakenak.ModelTrust.Signing;

/// <summary>Rules for the names inside a signed statement: relative, canonical, with one spelling on every system.</summary>
internal static class ModelPath
{
    private const int MaxLength = 1024;

    /// <summary>Excluded from every model by the specification, at its root only.</summary>
    public static readonly IReadOnlyList<string> DefaultIgnores = [".git", ".gitattributes", ".github", ".gitignore"];

    /// <summary>Null where the name is canonical, else what is wrong with it.</summary>
    public static string? Problem(string name)
    {
        if (name.Length is 0 or > MaxLength)
        {
            return name.Length == 0 ? "is empty" : $"is longer than {MaxLength} characters";
        }

        if (name[0] == '/' || (name.Length > 1 && name[1] == ':' && char.IsAsciiLetter(name[0])))
        {
            return "is absolute";
        }

        if (name.Contains('\\', StringComparison.Ordinal))
        {
            return "has a backslash";
        }

        foreach (var rune in name.EnumerateRunes())
        {
            // U+FFFD is also what .NET makes of a file name that is not UTF-8: such a file can't be named in JSON.
            if (Rune.IsControl(rune) || rune == Rune.ReplacementChar)
            {
                return "has a control character or is not Unicode";
            }
        }

        return name.Split('/').Any(part => part is "" or "." or "..") ? "has an empty, '.' or '..' part" : null;
    }

    public static bool IsUnder(string name, string ignored) =>
        name.StartsWith(ignored, StringComparison.Ordinal) && (name.Length == ignored.Length || name[ignored.Length] == '/');

    public static bool IsIgnored(string name, IEnumerable<string> ignored) => ignored.Any(path => IsUnder(name, path));

    /// <summary>The specification's order: by Unicode code point, which UTF-8 bytes keep and UTF-16 units do not.</summary>
    public static int CompareByCodePoint(string left, string right) =>
        Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right));

    /// <summary>The order that Python's pathlib gives, and the reference implementation with it: part by part, so <c>a/b</c> comes before <c>a.txt</c>.</summary>
    public static int CompareByPart(string left, string right)
    {
        var lefts = left.Split('/');
        var rights = right.Split('/');
        for (var i = 0; i < Math.Min(lefts.Length, rights.Length); i++)
        {
            if (CompareByCodePoint(lefts[i], rights[i]) is not 0 and var order)
            {
                return order;
            }
        }

        return lefts.Length.CompareTo(rights.Length);
    }
}
