namespace Zakenak.ModelTrust.Policy;

/// <summary>What becomes of requests under way when their version is revoked.</summary>
public enum RevocationAction
{
    /// <summary>They end by themselves; no new one begins.</summary>
    Finish,

    /// <summary>They end at once.</summary>
    Cut,
}
