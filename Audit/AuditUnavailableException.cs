namespace Zakenak.Audit;

/// <summary>The record could not be made durable. Whoever asked must refuse the act that was to be recorded.</summary>
public sealed class AuditUnavailableException : IOException
{
    public AuditUnavailableException()
    {
    }

    public AuditUnavailableException(string message)
        : base(message)
    {
    }

    public AuditUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
