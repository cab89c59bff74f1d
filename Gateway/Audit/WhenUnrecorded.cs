namespace Zakenak.Gateway.Audit;

/// <summary>What happens to requests while the audit log takes no records.</summary>
internal enum WhenUnrecorded
{
    /// <summary>New ones are refused with 503; those under way end, and their records wait in memory.</summary>
    Refuse,

    /// <summary>They are answered; records wait in memory while there is room, and what is lost after that is counted in the log.</summary>
    Continue,
}
