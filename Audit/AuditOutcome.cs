namespace Zakenak.Audit;

/// <summary>How the act ended.</summary>
public enum AuditOutcome
{
    /// <summary>It was done.</summary>
    Done,

    /// <summary>Policy or a check said no; nothing was changed.</summary>
    Refused,

    /// <summary>It was allowed and then did not work.</summary>
    Failed,
}
