namespace Zakenak.CertAuthority;

/// <summary>Why the API server gave no usable answer.</summary>
/// <param name="Code">For the asker.</param>
/// <param name="Reason">For the operator: log and health. Holds nothing that an asker sent.</param>
/// <param name="RetryAfterSeconds">What the API server asked for, where it did.</param>
internal sealed record ApiServerFault(string Code, string Reason, int? RetryAfterSeconds = null)
{
    /// <summary>It could not be reached, is overloaded or failed.</summary>
    public const string Unavailable = "review_unavailable";

    /// <summary>It does not let this authority ask: its token or its role is wrong.</summary>
    public const string Refused = "review_refused";

    /// <summary>It answered something else than was asked for.</summary>
    public const string Malformed = "review_malformed";
}
