namespace Zakenak.Gateway.Limits;

/// <summary>The answer of the limits to one request, and what the headers say about it.</summary>
/// <param name="Limit">Requests per minute of the window that is nearer to its end.</param>
/// <param name="Remaining">Requests left in it.</param>
/// <param name="Reset">Until all of it is free again.</param>
/// <param name="RetryAfter">Until one more request would be admitted.</param>
internal readonly record struct Admission(AdmissionResult Result, int Limit, int Remaining, TimeSpan Reset, TimeSpan RetryAfter);
