using System.Collections.Frozen;

namespace Zakenak.Gateway.Screening.Redaction;

/// <summary>
/// International bank account numbers (ISO 13616): capital letters and digits, as long as the country's are, right by ISO 7064's mod 97-10, in one
/// run or in groups of four.
/// </summary>
internal sealed class IbanPattern() : Pattern("iban")
{
    /// <summary>Country and length, of the registry of ISO 13616.</summary>
    private const string Registry =
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 "
        + "GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 "
        + "NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30";

    private const int Longest = 33;

    private static readonly FrozenDictionary<int, int> _lengths =
        Registry.Split(' ').ToFrozenDictionary(entry => Country(entry[0], entry[1]), entry => int.Parse(entry.AsSpan(2), System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>With the spaces between groups of four.</summary>
    public override int MaxUndecided => Longest + (Longest / 4);

    public override Finding Next(ReadOnlySpan<char> text, int from, bool isEnd)
    {
        for (var i = from; ; i++)
        {
            var found = text[i..].IndexOfAnyInRange('A', 'Z');
            if (found < 0)
                return Finding.None(text);
            i += found;
            if (i > 0 && char.IsAsciiLetterOrDigit(text[i - 1]))
                continue;
            var length = At(text[i..], isEnd);
            if (length != 0)
                return new Finding(i, Math.Max(0, length));
        }
    }

    /// <summary>Its length; 0 where there is none, -1 where it is undecided.</summary>
    private static int At(ReadOnlySpan<char> text, bool isEnd)
    {
        var (length, count, remainder, at) = (Longest, 0, 0, 0);
        var separator = '\0';
        Span<int> head = stackalloc int[4];
        while (count < length)
        {
            if (count == 4 && at < text.Length && text[at] is ' ' or '\u00A0')
                separator = text[at];
            if (separator != '\0' && count % 4 == 0)
            {
                if (at < text.Length && text[at] != separator)
                    return 0;
                at++;
            }

            if (at >= text.Length)
                return isEnd ? 0 : -1;
            var c = text[at++];
            if (count < 2 ? !char.IsAsciiLetterUpper(c) : count < 4 ? !char.IsAsciiDigit(c) : !char.IsAsciiLetterUpper(c) && !char.IsAsciiDigit(c))
                return 0;
            if (count < 4)
                head[count] = c;
            else
                remainder = Append(remainder, c);
            if (++count == 2 && !_lengths.TryGetValue(Country((char)head[0], (char)head[1]), out length))
                return 0;
        }

        if (at == text.Length && !isEnd)
            return -1;
        if (at < text.Length && char.IsAsciiLetterOrDigit(text[at]))
            return 0;
        foreach (var c in head)
            remainder = Append(remainder, (char)c);
        return remainder == 1 ? at : 0;
    }

    private static int Append(int remainder, char c) => (char.IsAsciiDigit(c) ? (remainder * 10) + c - '0' : (remainder * 100) + c - 'A' + 10) % 97;

    private static int Country(char first, char second) => (first << 8) | second;
}
