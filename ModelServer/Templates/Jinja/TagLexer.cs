using System.Globalization;

namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>Cuts what is inside of a tag: names, literals, operators.</summary>
internal sealed class TagLexer(TokenWriter writer)
{
    private static readonly string[] s_operators =
        ["//", "**", "==", "!=", ">=", "<=", "+", "-", "*", "/", "%", "~", "(", ")", "[", "]", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"];

    /// <summary>Up to <paramref name="end"/>, which is not passed yet; the sign before it that says what happens to white space, or '\0'.</summary>
    public char Read(string end, TokenKind endKind, Position start)
    {
        var source = writer.Source;
        var open = 0;
        while (true)
        {
            writer.At = writer.SkipSpace(writer.At);
            if (writer.At >= source.Length)
            {
                throw TokenWriter.Unsupported("a tag that does not end", start);
            }

            var c = source[writer.At];
            if (open == 0)
            {
                var sign = c is '-' or '+' && string.CompareOrdinal(source, writer.At + 1, end, 0, 2) == 0 ? c : '\0';
                if (sign != '\0' || string.CompareOrdinal(source, writer.At, end, 0, 2) == 0)
                {
                    writer.Add(endKind, end, evenEmpty: true);
                    writer.At += sign == '\0' ? 0 : 1;
                    return sign;
                }
            }

            if (c is '\'' or '"')
            {
                var (at, opening) = (writer.At, writer.Here);
                writer.Add(TokenKind.String, StringLiteral.Read(source, ref at, opening), opening);
                writer.At = at;
            }
            else if (char.IsAsciiDigit(c))
            {
                ReadNumber();
            }
            else if (c == '_' || char.IsLetter(c))
            {
                var from = writer.At;
                while (from < source.Length && (source[from] == '_' || char.IsLetterOrDigit(source[from])))
                {
                    from++;
                }

                writer.Add(TokenKind.Name, source[writer.At..from]);
                writer.At = from;
            }
            else
            {
                var place = writer.Here;
                var found = Array.Find(s_operators, o => string.CompareOrdinal(source, writer.At, o, 0, o.Length) == 0)
                    ?? throw TokenWriter.Unsupported($"the character '{c}'", place);
                open += found is "(" or "[" or "{" ? 1 : found is ")" or "]" or "}" ? -1 : 0;
                writer.Add(TokenKind.Operator, found);
                writer.At += found.Length;
                if (open < 0)
                {
                    throw TokenWriter.Unsupported($"'{found}' that closes nothing", place);
                }
            }
        }
    }

    private void ReadNumber()
    {
        var source = writer.Source;
        var end = writer.At;
        var real = false;
        while (end < source.Length && (char.IsAsciiDigit(source[end]) || source[end] == '_'
            || (source[end] == '.' && !real && end + 1 < source.Length && char.IsAsciiDigit(source[end + 1]))))
        {
            real |= source[end++] == '.';
        }

        var exponent = end + (end + 1 < source.Length && source[end + 1] is ('+' or '-') ? 2 : 1);
        if (end < source.Length && source[end] is ('e' or 'E') && exponent < source.Length && char.IsAsciiDigit(source[exponent]))
        {
            real = true;
            for (end = exponent; end < source.Length && char.IsAsciiDigit(source[end]);)
            {
                end++;
            }
        }

        var text = source[writer.At..end].Replace("_", string.Empty, StringComparison.Ordinal);
        if (!real && !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            throw TokenWriter.Unsupported("a number beyond 64 bits", writer.Here);
        }

        writer.Add(real ? TokenKind.Real : TokenKind.Whole, text);
        writer.At = end;
    }
}
