namespace Zakenak.Audit;

/// <summary>
/// One act to record: who did what to whom, and how it ended. Short flat strings only; never a prompt, a completion, a key or a token.
/// Text longer than <see cref="MaxTextLength"/> is shortened and ends in <c>…</c>, because a caller must not be able to suppress the record of
/// a refusal by sending a long name.
/// </summary>
/// <param name="Actor">Who: a SPIFFE id, a tenant, a key's id.</param>
/// <param name="Action">What, as <c>noun.verb</c>: <c>svid.issued</c>.</param>
/// <param name="Subject">To whom or what.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Code">The stable code of a refusal or failure, else null.</param>
public sealed record AuditRecord(string Actor, string Action, string Subject, AuditOutcome Outcome, string? Code = null) : IAuditEntry
{
    /// <summary>Characters of one field or one detail's value.</summary>
    public const int MaxTextLength = 256;

    /// <summary>Details of one record.</summary>
    public const int MaxDetails = 16;

    /// <summary>Characters of a detail's name.</summary>
    public const int MaxDetailNameLength = 64;

    /// <summary>More facts by name; names are the program's own, at most <see cref="MaxDetails"/>.</summary>
    public IReadOnlyDictionary<string, string> Details { get; init; } = System.Collections.Immutable.ImmutableDictionary<string, string>.Empty;

    DateTimeOffset? IAuditEntry.Time => null;

    void IAuditEntry.WriteDetails(AuditDetails details)
    {
        foreach (var (name, value) in Details.OrderBy(d => d.Key, StringComparer.Ordinal))
        {
            details.Write(name, value);
        }
    }
}
