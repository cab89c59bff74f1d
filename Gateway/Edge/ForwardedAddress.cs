using System.Net;
using Microsoft.Extensions.Primitives;

namespace Zakenak.Gateway.Edge;

/// <summary>
/// Whose request it is. Each proxy adds at the right whom it got the request from; so from the right, the first address that is no trusted proxy's is the
/// client's, and whatever stands left of it is what the client itself sent: anything.
/// </summary>
internal static class ForwardedAddress
{
    // Longer than any chain of proxies that means well.
    private const int MaxHops = 32;

    /// <param name="peer">Who is connected.</param>
    /// <param name="lines">The header's lines, in their order.</param>
    public static IPAddress Find(IPAddress peer, StringValues lines, GuardOptions options)
    {
        if (!options.Trusts(peer))
            return peer;
        var client = peer;
        var hops = 0;
        for (var i = lines.Count - 1; i >= 0; i--)
        {
            var rest = lines[i].AsSpan();
            while (!rest.IsEmpty)
            {
                var comma = options.ForwardedBy == ForwardedBy.Forwarded ? LastOutsideQuotes(rest, ',') : rest.LastIndexOf(',');
                var element = rest[(comma + 1)..].Trim(" \t");
                rest = comma < 0 ? default : rest[..comma];

                // A hop that nobody can read is where trust ends: the proxy that wrote it is the client.
                if (++hops > MaxHops || !TryRead(element, options.ForwardedBy, out var address))
                    return client;
                client = address;
                if (!options.Trusts(client))
                    return client;
            }
        }

        return client;
    }

    private static bool TryRead(ReadOnlySpan<char> element, ForwardedBy by, out IPAddress address)
    {
        address = IPAddress.None;
        return by == ForwardedBy.Forwarded
            ? ForOf(element) is { IsEmpty: false } node && TryReadNode(node, out address)
            : TryReadNode(element, out address);
    }

    /// <summary>The value of <c>for</c> (RFC 7239, section 4), without its quotes.</summary>
    private static ReadOnlySpan<char> ForOf(ReadOnlySpan<char> element)
    {
        while (!element.IsEmpty)
        {
            var semicolon = LastOutsideQuotes(element, ';');
            var pair = element[(semicolon + 1)..].Trim(" \t");
            element = semicolon < 0 ? default : element[..semicolon];
            var equals = pair.IndexOf('=');
            if (equals < 0 || !pair[..equals].Equals("for", StringComparison.OrdinalIgnoreCase))
                continue;
            var value = pair[(equals + 1)..];
            return value is ['"', .. var quoted, '"'] ? quoted : value;
        }

        return default;
    }

    /// <summary>An address, with a port or without: <c>192.0.2.1:80</c>, <c>[2001:db8::1]:80</c>, <c>2001:db8::1</c>.</summary>
    private static bool TryReadNode(ReadOnlySpan<char> node, out IPAddress address)
    {
        if (node is ['[', ..])
        {
            var end = node.IndexOf(']');
            node = end < 0 ? default : IsPort(node[(end + 1)..]) ? node[1..end] : default;
        }
        else if (node.IndexOf(':') is >= 0 and var colon && colon == node.LastIndexOf(':'))
        {
            node = IsPort(node[colon..]) ? node[..colon] : default;
        }

        // Only what is written as one: IPAddress takes "1" and "0x7f.1" for addresses too.
        address = IPAddress.None;
        return (node.Contains(':') ? !node.Contains('%') : IsDotted(node)) && IPAddress.TryParse(node, out address!);
    }

    private static bool IsPort(ReadOnlySpan<char> text) => text.IsEmpty || (text[0] == ':' && text.Length is > 1 and <= 6 && !text[1..].ContainsAnyExceptInRange('0', '9'));

    private static bool IsDotted(ReadOnlySpan<char> text)
    {
        var parts = 0;
        foreach (var part in text.Split('.'))
        {
            var digits = text[part];
            if (++parts > 4 || digits.Length is 0 or > 3 || digits.ContainsAnyExceptInRange('0', '9') || (digits.Length > 1 && digits[0] == '0'))
                return false;
        }

        return parts == 4;
    }

    private static int LastOutsideQuotes(ReadOnlySpan<char> text, char separator)
    {
        var (last, quoted) = (-1, false);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && quoted)
                i++;
            else if (text[i] == '"')
                quoted = !quoted;
            else if (text[i] == separator && !quoted)
                last = i;
        }

        return last;
    }
}
