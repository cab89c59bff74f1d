namespace Zakenak.Audit;

/// <summary>The log on disk is not what was written; it is left untouched and not opened.</summary>
public sealed class AuditDamagedException : IOException
{
    public AuditDamagedException()
    {
    }

    public AuditDamagedException(string message)
        : base(message)
    {
    }

    public AuditDamagedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public AuditDamagedException(AuditFault fault)
        : base((fault ?? throw new ArgumentNullException(nameof(fault))).ToString()) => Fault = fault;

    /// <summary>The first bad place.</summary>
    public AuditFault? Fault { get; }

    internal static void ThrowIf(AuditFault? fault)
    {
        if (fault is not null)
        {
            throw new AuditDamagedException(fault);
        }
    }
}
