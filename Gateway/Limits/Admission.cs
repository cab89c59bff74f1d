namespace Zakenak.Gateway.Limits;

/// <summary>The answer of the limits to one request, and what the headers say about it.</summary>
/// <param name="Requests">Of the requests' budget that is nearest to its end.</param>
/// <param name="Tokens">Of the tokens' budget that is nearest to its end.</param>
/// <param name="RetryAfter">Until it would be admitted; null where waiting is no cure.</param>
internal readonly record struct Admission(AdmissionResult Result, Quota Requests, Quota Tokens, TimeSpan? RetryAfter)
{
    /// <summary>The limit of tokens that the request is above by itself; null where it is within all of them.</summary>
    public long? NeverAbove { get; init; }

    /// <summary>When to come again where that depends on running requests, or on other replicas.</summary>
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(1);

    /// <param name="result">The answer.</param>
    /// <param name="requests">The budget of requests that is nearest to its end.</param>
    /// <param name="tokens">The same of tokens.</param>
    /// <param name="asked">Tokens.</param>
    /// <param name="least">The smallest of the limits that they count against.</param>
    /// <param name="now">Timestamp.</param>
    /// <param name="frequency">Ticks of the clock in a second.</param>
    public static Admission Of(AdmissionResult result, Budget requests, Budget tokens, long asked, long least, long now, long frequency)
    {
        var isNever = result == AdmissionResult.TooManyTokens && asked > least;
        var ticks = result switch
        {
            AdmissionResult.TooManyRequests => requests.UntilFree(1, now),
            AdmissionResult.TooManyTokens when !isNever => tokens.UntilFree(asked, now),
            _ => null,
        };
        TimeSpan? after = isNever ? null
            : ticks is { } t ? TimeSpan.FromSeconds((double)t / frequency)
            : _soon;
        return new Admission(result, Quota.Of(requests, now, frequency), Quota.Of(tokens, now, frequency), after) { NeverAbove = isNever ? least : null };
    }
}
