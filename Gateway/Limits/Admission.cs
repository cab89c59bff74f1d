namespace Zakenak.Gateway.Limits;

/// <summary>The answer of the limits to one request, and what the headers say about it.</summary>
/// <param name="Requests">Of the requests' budget that is nearest to its end.</param>
/// <param name="Tokens">Of the tokens' budget that is nearest to its end.</param>
/// <param name="RetryAfter">Until it would be admitted; null where waiting is no cure.</param>
internal readonly record struct Admission(AdmissionResult Result, Quota Requests, Quota Tokens, TimeSpan? RetryAfter);
