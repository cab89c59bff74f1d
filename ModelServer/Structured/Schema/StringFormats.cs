using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Zakenak.ModelServer.Structured.Schema;

/// <summary>The formats of JSON Schema that are written and checked: each as a pattern that a model can follow, and as a check by other means.</summary>
public static class StringFormats
{
    // What is written is a part of what the format allows (years 1000 to 2999, plain addresses), never more.
    private const string Date =
        "[12][0-9]{3}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
        + "|([12][0-9](0[48]|[2468][048]|[13579][26])|(12|16|20|24|28)00)-02-29";

    private const string Time = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])";
    private const string Byte = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    private const string Label = "[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?";
    private const string Domain = "[A-Za-z]{2,16}";
    private const string Host = "(" + Label + "\\.){0,3}" + Domain;

    private static readonly Dictionary<string, (string Pattern, Func<string, bool> Check)> s_formats = new(StringComparer.Ordinal)
    {
        ["date"] = ($"^({Date})$", text => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)),
        ["time"] = ($"^{Time}$", text => IsTimestamp("2000-01-02T" + text)),
        ["date-time"] = ($"^({Date})T{Time}$", IsTimestamp),
        ["duration"] = ("^P([0-9]{1,3}W|[0-9]{1,4}D(T[0-9]{1,4}[HMS])?|T([0-9]{1,4}H)?[0-9]{1,4}[MS])$", IsDuration),
        ["uuid"] = ("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", text => Guid.TryParseExact(text, "D", out _)),
        ["email"] = ($"^[A-Za-z0-9_+-]{{1,32}}(\\.[A-Za-z0-9_+-]{{1,32}}){{0,3}}@({Label}\\.){{1,3}}{Domain}$", IsEmail),
        ["hostname"] = ($"^{Host}$", text => text.Length <= 253 && Uri.CheckHostName(text) == UriHostNameType.Dns),
        ["ipv4"] = ($"^{Byte}(\\.{Byte}){{3}}$", text => IsAddress(text, AddressFamily.InterNetwork) && text.Count(c => c == '.') == 3),
        ["ipv6"] = ("^([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}$", text => IsAddress(text, AddressFamily.InterNetworkV6) && !text.Contains('%', StringComparison.Ordinal)),
        ["uri"] = ($"^https?://{Host}(:[1-9][0-9]{{0,3}})?(/[A-Za-z0-9._~-]{{0,64}}){{0,8}}(\\?[A-Za-z0-9._~=&-]{{0,128}})?$", text => Uri.TryCreate(text, UriKind.Absolute, out _)),
    };

    /// <summary>All that are supported.</summary>
    public static IReadOnlyCollection<string> Names => s_formats.Keys;

    /// <summary>A pattern whose texts all have the format; null where the format isn't supported.</summary>
    public static string? Pattern(string format) => s_formats.TryGetValue(format, out var known) ? known.Pattern : null;

    /// <summary>Whether a text has the format.</summary>
    public static bool Check(string format, string text) => s_formats.TryGetValue(format, out var known) && known.Check(text);

    private static bool IsTimestamp(string text) =>
        text.Length >= 20 && text[10] is 'T' or 't'
        && DateTimeOffset.TryParseExact(
            text.ToUpperInvariant(), ["yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK"], CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
        && (text[^1] is 'Z' or 'z' || text[^6] is '+' or '-');

    private static bool IsDuration(string text)
    {
        if (!text.StartsWith('P') || text.Length < 3 || text.EndsWith('T') || !char.IsAsciiLetter(text[^1]))
        {
            return false;
        }

        // Units may be left out but not change their order; a 'T' stands before those of time.
        var (order, at, digits) = ("YMWDTHMS", 0, 0);
        foreach (var character in text.AsSpan(1))
        {
            if (char.IsAsciiDigit(character))
            {
                digits++;
                continue;
            }

            at = order.IndexOf(character, at) + 1;
            if (at == 0 || digits > 0 == (character == 'T'))
            {
                return false;
            }

            digits = 0;
        }

        return true;
    }

    private static bool IsEmail(string text) =>
        text.IndexOf('@', StringComparison.Ordinal) is > 0 and var at && at == text.LastIndexOf('@')
        && !text.Any(c => c <= ' ' || c == 0x7F) && Uri.CheckHostName(text[(at + 1)..]) != UriHostNameType.Unknown;

    private static bool IsAddress(string text, AddressFamily family) => IPAddress.TryParse(text, out var address) && address.AddressFamily == family;
}
