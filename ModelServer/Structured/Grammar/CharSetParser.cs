namespace Zakenak.ModelServer.Structured.Grammar;

/// <summary>Reads what stands for one character of a pattern: itself, an escape, a class.</summary>
internal sealed class CharSetParser(PatternReader reader)
{
    private static readonly CharSet s_plane = CharSet.All.Intersect(CharSet.Of((0, 0xFFFF)));
    private static readonly CharSet s_digits = CharSet.Of(('0', '9'));
    private static readonly CharSet s_words = CharSet.Of(('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_'));
    private static readonly CharSet s_spaces = CharSet.Of((9, 13), (32, 32), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF));

    // Of these all readers of patterns say that they are white space; what is one by ECMAScript only is not written, nor by others only.
    private static readonly CharSet s_blanks = CharSet.Of((9, 13), (32, 32));
    private static readonly CharSet s_anySpaces = s_spaces.Union(CharSet.Of((0x1C, 0x1F), (0x85, 0x85)));

    private bool _negated;

    /// <summary>What a dot stands for.</summary>
    public static CharSet Dot { get; } = s_plane.Except(CharSet.Of((10, 10), (13, 13), (0x2028, 0x2029)));

    /// <summary>A class, whose opening bracket was passed.</summary>
    public CharSet Class()
    {
        var negated = _negated = reader.Take('^');
        var set = CharSet.Of();
        while (reader.Problem is null && reader.Next != ']')
        {
            if (reader.IsAtEnd)
            {
                reader.Report("has a '[' that is not closed");
                break;
            }

            var part = Member();
            if (reader.Next == '-' && !reader.EndsAfterNext && reader.Following != ']')
            {
                reader.Skip();
                var end = Member();
                if (!IsOne(part) || !IsOne(end) || end.Ranges[0].From < part.Ranges[0].From)
                {
                    reader.Report("has a range that is none");
                    break;
                }

                part = CharSet.Of((part.Ranges[0].From, end.Ranges[0].To));
            }

            set = set.Union(part);
        }

        reader.Take(']');
        _negated = false;
        set = negated ? s_plane.Except(set) : set.Intersect(CharSet.All);
        if (set.IsEmpty)
        {
            reader.Report("has a class that nothing is in");
        }

        return set;
    }

    /// <summary>An escape, from its backslash on.</summary>
    public CharSet Escape(bool inClass)
    {
        reader.Skip();
        var letter = reader.Next;
        reader.Skip();
        switch (letter)
        {
            case 'd': return s_digits;
            case 'w': return s_words;
            case 's': return _negated ? s_anySpaces : s_blanks;
            case 'D' when !inClass: return s_plane.Except(s_digits);
            case 'W' when !inClass: return s_plane.Except(s_words);
            case 'S' when !inClass: return s_plane.Except(s_anySpaces);
            case 't': return CharSet.Of("\t");
            case 'n': return CharSet.Of("\n");
            case 'r': return CharSet.Of("\r");
            case 'f': return CharSet.Of("\f");
            case 'v': return CharSet.Of("\v");
            case 'x': return Hex(2);
            case 'u': return Hex(4);
            default:
                if (char.IsAsciiLetterOrDigit(letter) || letter is '\0' or > '~' || (letter == '-' && !inClass))
                {
                    reader.Report("has an escape that is not supported");
                    return CharSet.All;
                }

                return CharSet.Of((letter, letter));
        }
    }

    /// <summary>A character that stands for itself.</summary>
    public CharSet Single()
    {
        var character = reader.Next;
        reader.Skip();
        if (!s_plane.Contains(character))
        {
            reader.Report("has a character beyond the basic multilingual plane");
            return CharSet.All;
        }

        return CharSet.Of((character, character));
    }

    private static bool IsOne(CharSet candidate) => candidate.Ranges.Count == 1 && candidate.Ranges[0].From == candidate.Ranges[0].To;

    private CharSet Member() => reader.Next == '\\' ? Escape(inClass: true) : Single();

    private CharSet Hex(int digits)
    {
        if (reader.TryHex(digits, out var value) && s_plane.Contains(value))
        {
            return CharSet.Of((value, value));
        }

        reader.Report("has an escape that is no character");
        return CharSet.All;
    }
}
