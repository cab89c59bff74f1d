using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace Zakenak.Gateway.Limits;

/// <summary>
/// Tells clients what is left, in both conventions: OpenAI's <c>x-ratelimit-*</c>, and <c>RateLimit</c> with <c>RateLimit-Policy</c>
/// (draft-ietf-httpapi-ratelimit-headers-10, structured fields of RFC 9651).
/// </summary>
internal sealed class RateLimitHeaders
{
    private static readonly string[] _seconds = [.. Enumerable.Range(0, 64).Select(s => string.Create(CultureInfo.InvariantCulture, $"{s}s"))];

    /// <summary>Limits come from the operator alone, so these are few.</summary>
    private readonly ConcurrentDictionary<(long Requests, long Tokens), Texts> _texts = new();

    public void Write(IHeaderDictionary headers, in Admission admission)
    {
        var (requests, tokens) = (admission.Requests, admission.Tokens);
        var texts = _texts.GetOrAdd((requests.Limit, tokens.Limit), static l => new Texts(l.Requests, l.Tokens));
        headers["x-ratelimit-limit-requests"] = texts.Requests;
        headers["x-ratelimit-remaining-requests"] = requests.Remaining.ToString(CultureInfo.InvariantCulture);
        headers["x-ratelimit-reset-requests"] = Duration(requests.ResetMs);
        headers["x-ratelimit-limit-tokens"] = texts.Tokens;
        headers["x-ratelimit-remaining-tokens"] = tokens.Remaining.ToString(CultureInfo.InvariantCulture);
        headers["x-ratelimit-reset-tokens"] = Duration(tokens.ResetMs);
        headers["RateLimit-Policy"] = texts.Policy;
        headers["RateLimit"] = string.Create(CultureInfo.InvariantCulture,
            $"\"requests\";r={requests.Remaining};t={Seconds(requests.ResetMs)}, \"tokens\";r={tokens.Remaining};t={Seconds(tokens.ResetMs)}");
    }

    /// <summary>As OpenAI writes it: <c>850ms</c>, <c>42s</c>.</summary>
    private static string Duration(long ms) => ms switch
    {
        0 or >= 1000 when Seconds(ms) < _seconds.Length => _seconds[(int)Seconds(ms)],
        < 1000 => string.Create(CultureInfo.InvariantCulture, $"{ms}ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Seconds(ms)}s"),
    };

    private static long Seconds(long ms) => (ms + 999) / 1000;

    private sealed class Texts(long requests, long tokens)
    {
        public StringValues Requests { get; } = requests.ToString(CultureInfo.InvariantCulture);

        public StringValues Tokens { get; } = tokens.ToString(CultureInfo.InvariantCulture);

        public StringValues Policy { get; } = string.Create(CultureInfo.InvariantCulture,
            $"\"requests\";q={requests};w=60, \"tokens\";q={tokens};w=60;qu=\"tokens\"");
    }
}
