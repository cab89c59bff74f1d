using System.Globalization;
using System.Text;

namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>A quoted string of a template with Python's escapes.</summary>
internal static class StringLiteral
{
    /// <summary>Reads from the opening quote at <paramref name="at"/> to behind the closing one.</summary>
    public static string Read(string source, ref int at, Position start)
    {
        var quote = source[at++];
        var value = new StringBuilder();
        while (at < source.Length && source[at] != quote)
        {
            var c = source[at++];
            if (c == '\\' && at < source.Length)
            {
                Escape(source, ref at, value);
            }
            else
            {
                value.Append(c);
            }
        }

        if (at >= source.Length)
        {
            throw new TemplateFault(TemplateFaultKind.Unsupported, "a string that does not end", start);
        }

        at++;
        return value.ToString();
    }

    private static void Escape(string source, ref int at, StringBuilder value)
    {
        var c = source[at++];
        switch (c)
        {
            case '\n':
                break;
            case '\\' or '\'' or '"':
                value.Append(c);
                break;
            case 'n':
                value.Append('\n');
                break;
            case 't':
                value.Append('\t');
                break;
            case 'r':
                value.Append('\r');
                break;
            case 'a' or 'b' or 'f' or 'v':
                value.Append(c switch { 'a' => '\a', 'b' => '\b', 'f' => '\f', _ => '\v' });
                break;
            case 'x' or 'u' or 'U' when Hex(source, at, c == 'x' ? 2 : c == 'u' ? 4 : 8) is { } code:
                at += c == 'x' ? 2 : c == 'u' ? 4 : 8;
                value.Append(Rune.TryCreate(code, out var rune) ? rune.ToString() : "\uFFFD");
                break;
            case >= '0' and <= '7':
                var octal = c - '0';
                for (var i = 0; i < 2 && at < source.Length && source[at] is >= '0' and <= '7'; i++)
                {
                    octal = (octal * 8) + (source[at++] - '0');
                }

                value.Append((char)octal);
                break;
            default:
                value.Append('\\').Append(c);
                break;
        }
    }

    private static int? Hex(string source, int at, int digits) =>
        at + digits <= source.Length && int.TryParse(source.AsSpan(at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            ? code
            : null;
}
