namespace Zakenak.Audit;

/// <summary>
/// One act as the log writes it. <see cref="AuditRecord"/> serves for most; a log with a record for every request has an entry of its own that costs less.
/// </summary>
public interface IAuditEntry
{
    /// <summary>When it was; null takes the time at which the log was asked to take it.</summary>
    DateTimeOffset? Time { get; }

    string Actor { get; }

    string Action { get; }

    string Subject { get; }

    AuditOutcome Outcome { get; }

    string? Code { get; }

    /// <summary>Writes the details, always in the same order. Called on the log's thread; must not throw.</summary>
    void WriteDetails(AuditDetails details);
}
