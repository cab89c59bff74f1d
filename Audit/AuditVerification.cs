namespace Zakenak.Audit;

/// <summary>What a verification found.</summary>
/// <param name="Name">The log's name by its first record; null where there is no good first record.</param>
/// <param name="Records">Records that hold, from the first on.</param>
/// <param name="Head">Hash of the last of them.</param>
/// <param name="Checkpointed">Records that the last good checkpoint covers; those after it could be cut off unseen.</param>
/// <param name="Fault">The first fault; null where all holds.</param>
public sealed record AuditVerification(string? Name, long Records, string Head, long Checkpointed, AuditFault? Fault)
{
    /// <summary>True where every record and checkpoint holds.</summary>
    public bool Holds => Fault is null;
}
