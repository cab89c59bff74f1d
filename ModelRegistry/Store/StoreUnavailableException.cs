namespace Zakenak.ModelRegistry;

/// <summary>The versions could not be read or written.</summary>
public sealed class StoreUnavailableException : IOException
{
    public StoreUnavailableException()
    {
    }

    public StoreUnavailableException(string message)
        : base(message)
    {
    }

    public StoreUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Whether the disk was full.</summary>
    public bool DiskFull { get; init; }
}
