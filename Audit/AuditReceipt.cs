namespace Zakenak.Audit;

/// <summary>Proof that a record is on disk: its place in the chain (from 1) and its hash (64 lower-case hex digits).</summary>
public sealed record AuditReceipt(long Sequence, string Hash);
