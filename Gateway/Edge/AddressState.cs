namespace Zakenak.Gateway.Edge;

/// <summary>What one address has going on. Locked by itself.</summary>
internal sealed class AddressState
{
    /// <summary>Open ones.</summary>
    public int Connections;

    /// <summary>Requests of this minute.</summary>
    public Pace Requests;

    /// <summary>Answers 401 of this minute.</summary>
    public Pace Refusals;

    /// <summary>It is no longer in the table; whoever got it looks again.</summary>
    public bool IsGone;
}
