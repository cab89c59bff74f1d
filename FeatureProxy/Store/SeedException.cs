namespace Zakenak.FeatureProxy.Store;

/// <summary>The seed file is not usable; the message names the row and member at fault and no value.</summary>
public sealed class SeedException : Exception
{
    public SeedException()
    {
    }

    public SeedException(string message)
        : base(message)
    {
    }

    public SeedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
