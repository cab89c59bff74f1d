using System.Globalization;

namespace Zakenak.ModelServer.Structured.Grammar;

/// <summary>A pattern's characters one after the other, and the first thing found wrong with it.</summary>
internal sealed class PatternReader(string pattern)
{
    private int _at;

    /// <summary>The character to read next; '\0' at the end.</summary>
    public char Next => IsAtEnd ? '\0' : pattern[_at];

    /// <summary>The one after it; '\0' where there is none.</summary>
    public char Following => EndsAfterNext ? '\0' : pattern[_at + 1];

    public bool IsAtEnd => _at >= pattern.Length;

    public bool EndsAfterNext => _at + 1 >= pattern.Length;

    /// <summary>What can't be expressed; null so far.</summary>
    public string? Problem { get; private set; }

    public void Report(string problem) => Problem ??= problem;

    public void Skip() => _at++;

    public bool Take(char expected)
    {
        if (IsAtEnd || Next != expected)
        {
            return false;
        }

        _at++;
        return true;
    }

    /// <summary>What is between the next character and the first of this kind, which is passed; null, and nothing is left, where there is none.</summary>
    public string? Within(char close)
    {
        var (start, end) = (_at + 1, pattern.IndexOf(close, _at));
        _at = end < 0 ? pattern.Length : end + 1;
        return end < 0 ? null : pattern[start..end];
    }

    /// <summary>Passes a number of so many hexadecimal digits; false, and nothing is passed, where there is none.</summary>
    public bool TryHex(int digits, out int value)
    {
        value = 0;
        if (_at + digits > pattern.Length || !int.TryParse(pattern.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value))
        {
            return false;
        }

        _at += digits;
        return true;
    }
}
