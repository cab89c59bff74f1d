namespace Zakenak.Gateway.Screening.Redaction;

/// <summary>
/// Numbers of payment cards (ISO/IEC 7812): 13 to 19 digits of which the first is 2 to 6 and the last is right by Luhn's formula, in one run or in
/// the groups that are printed on cards: of four, the last shorter or longer, or 4-6-5 and 4-6-4. A run of more digits is none, nor does one begin within it.
/// </summary>
internal sealed class CardPattern() : Pattern("card")
{
    private const int MinDigits = 13;
    private const int MaxDigits = 19;

    /// <summary>With the signs between five groups.</summary>
    public override int MaxUndecided => MaxDigits + 4;

    public override Finding Next(ReadOnlySpan<char> text, int from, bool isEnd)
    {
        for (var i = from; ; i += Digits(text, i, text.Length))
        {
            var found = text[i..].IndexOfAnyInRange('0', '9');
            if (found < 0)
                return Finding.None(text);
            i += found;
            if (i > 0 && char.IsAsciiDigit(text[i - 1]))
                continue;
            var (length, isUndecided) = At(text, i, isEnd);
            if (length > 0 || isUndecided)
                return new Finding(i, length);
        }
    }

    private static (int Length, bool IsUndecided) At(ReadOnlySpan<char> text, int start, bool isEnd)
    {
        if (text[start] is < '2' or > '6')
            return default;
        var first = Digits(text, start, MaxDigits + 1);
        if (first > MaxDigits)
            return default;
        if (start + first == text.Length && !isEnd)
            return (0, true);
        if (first != 4)
            return (IsCard(text.Slice(start, first)) ? first : 0, false);
        if (start + 4 == text.Length || text[start + 4] is not (' ' or '-' or '\u00A0'))
            return default;

        // Groups, with the same sign between them all. The longest number that is right counts.
        var (at, longest, separator) = (start + 4, 0, text[start + 4]);
        Span<int> groups = stackalloc int[5];
        groups[0] = 4;
        for (var count = 1; count < groups.Length && at < text.Length && text[at] == separator; count++)
        {
            // At most 6, 5, 4 and 3 digits follow in turn.
            var digits = Digits(text, at + 1, 8 - count);
            if (at + 1 + digits == text.Length && digits < 8 - count && !isEnd)
                return (0, true);
            groups[count] = digits;
            if (digits == 0 || !IsPrinted(groups[..(count + 1)], out var isWhole))
                break;
            at += 1 + digits;
            if (isWhole && IsCard(text[start..at]))
                longest = at - start;
        }

        return (longest, false);
    }

    /// <summary>Whether numbers of cards begin with such groups; <paramref name="isWhole"/>: and may end with them.</summary>
    private static bool IsPrinted(ReadOnlySpan<int> groups, out bool isWhole)
    {
        isWhole = groups.Length >= 4 || groups is [4, 6, 4 or 5];
        return groups switch
        {
            [4, 4 or 6] or [4, 4, 4] or [4, 6, 4 or 5] or [4, 4, 4, >= 1 and <= 4] or [4, 4, 4, 4, >= 1 and <= 3] => true,
            _ => false,
        };
    }

    /// <summary>Luhn's formula over the digits alone.</summary>
    private static bool IsCard(ReadOnlySpan<char> text)
    {
        var (sum, count) = (0, 0);
        for (var i = text.Length - 1; i >= 0; i--)
        {
            if (!char.IsAsciiDigit(text[i]))
                continue;
            var digit = text[i] - '0';
            sum += count++ % 2 == 0 ? digit : digit > 4 ? (2 * digit) - 9 : 2 * digit;
        }

        return count is >= MinDigits and <= MaxDigits && sum % 10 == 0;
    }

    private static int Digits(ReadOnlySpan<char> text, int from, int most)
    {
        var count = 0;
        while (count < most && from + count < text.Length && char.IsAsciiDigit(text[from + count]))
            count++;
        return count;
    }
}
