namespace Zakenak.ModelTrust.Stages;

/// <summary>What a consumer has seen of a version: by it an old statement that comes again is known for what it is.</summary>
/// <param name="Sequence">The highest seen.</param>
/// <param name="Revoked">Whether a revocation was seen; there is no way back.</param>
/// <param name="PayloadDigest">Of the statement with that sequence, lowercase hex.</param>
public sealed record StageRecord(long Sequence, bool Revoked, string PayloadDigest)
{
    /// <summary>What is known after this statement too; a refusal where it is a replay. <paramref name="seen"/> is null for a version never seen.</summary>
    public static Result<StageRecord> Admit(StageRecord? seen, StageStatement statement)
    {
        ArgumentNullException.ThrowIfNull(statement);
        var digest = statement.PayloadDigest ?? throw new ArgumentException("Only a statement that was opened can be admitted.", nameof(statement));
        if (seen is not null && (statement.Sequence < seen.Sequence || (statement.Sequence == seen.Sequence && digest != seen.PayloadDigest)))
        {
            // Late or not, a revocation revokes: losing one by the order of arrival would serve what an approver withdrew.
            return statement.Revoked
                ? seen with { Revoked = true }
                : new Refusal(
                    RefusalCodes.StatementReplayed,
                    statement.Sequence == seen.Sequence
                        ? $"Another stage statement about {statement.Subject} with the sequence {statement.Sequence} was seen before. Have an approver sign one with a higher sequence."
                        : $"The stage statement about {statement.Subject} has the sequence {statement.Sequence}, but {seen.Sequence} was seen before: this one no longer counts. Get the newest from the registry.");
        }

        return new StageRecord(statement.Sequence, statement.Revoked || seen is { Revoked: true }, digest);
    }
}
