namespace Zakenak.Audit;

/// <summary>The first place at which a log is not what was written.</summary>
/// <param name="Code">
/// <c>hash_mismatch</c> (the record was changed), <c>sequence_gap</c> (deleted, inserted or reordered), <c>link_broken</c> (the record before was changed and
/// rehashed), <c>malformed_record</c>, <c>line_too_long</c>, <c>torn_record</c> (no newline at its end), <c>file_missing</c>, <c>log_name</c>,
/// <c>truncated</c> (shorter than a checkpoint says), <c>checkpoint_mismatch</c> (rewritten up to a checkpoint), <c>checkpoint_signature</c>,
/// <c>checkpoint_missing</c> or <c>checkpoint_malformed</c>.
/// </param>
/// <param name="File">Name of the file, without its folder.</param>
/// <param name="Line">Line in that file, from 1; 0 where no line is meant.</param>
/// <param name="Sequence">The record expected there, from 1.</param>
/// <param name="Message">A sentence for people.</param>
public sealed record AuditFault(string Code, string File, long Line, long Sequence, string Message)
{
    /// <summary>For people: the file, and line and record where they are meant.</summary>
    public string Place => File + (Line > 0 ? $" line {Line}" : "") + (Sequence > 0 ? $"{(File.Length > 0 ? ", " : "")}record {Sequence}" : "");

    public override string ToString() => $"{Place}: {Message} ({Code})";
}
