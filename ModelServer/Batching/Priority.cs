namespace Zakenak.ModelServer.Batching;

/// <summary>Which of one tenant's requests go first. Between tenants it counts for nothing: each would claim the highest.</summary>
public enum Priority
{
    /// <summary>Before all others.</summary>
    High,

    /// <summary>What a request has that says nothing.</summary>
    Normal,

    /// <summary>After all others.</summary>
    Low,
}
