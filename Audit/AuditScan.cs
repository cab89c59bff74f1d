namespace Zakenak.Audit;

/// <summary>What reading a whole log found: how far the chain holds, and the first place where it does not.</summary>
internal sealed class AuditScan
{
    /// <summary>Good records.</summary>
    public long Count { get; private set; }

    /// <summary>Hash of the last good record.</summary>
    public string Head { get; private set; } = AuditLine.Genesis;

    /// <summary>Subject of the first record, which names the log.</summary>
    public string? Name { get; private set; }

    /// <summary>The file read last, and so the last one where nothing is wrong; null where there is none.</summary>
    public string? LastFile { get; private set; }

    /// <summary>Bytes of that file that hold whole, good records.</summary>
    public long LastFileBytes { get; private set; }

    /// <summary>Time of that file's first record.</summary>
    public DateTimeOffset LastFileBegan { get; private set; }

    /// <summary>The first fault.</summary>
    public AuditFault? Fault { get; private set; }

    /// <summary>True where all that is wrong is an unended line at the very end, as a crash leaves it.</summary>
    public bool EndsTorn { get; private set; }

    /// <summary>Reads every record once, in bounded memory, and holds it against checkpoints in the order of their counts.</summary>
    public static AuditScan Of(string directory, IReadOnlyList<AuditCheckpoint> checkpoints)
    {
        var scan = new AuditScan();
        var files = AuditFolder.Files(directory);
        var next = 0;
        for (var i = 0; i < files.Count && scan.Fault is null; i++)
        {
            scan.Read(files[i].Path, files[i].FirstSequence, checkpoints, ref next);
            scan.EndsTorn = scan.Fault?.Code == "torn_record" && i == files.Count - 1;
        }

        // A torn line was never acknowledged, so no checkpoint covers it: then being short of one weighs more.
        if ((scan.Fault is null || scan.EndsTorn) && next < checkpoints.Count)
        {
            scan.EndsTorn = false;
            scan.Fault = new AuditFault(
                "truncated",
                Path.GetFileName(scan.LastFile) ?? "",
                0,
                scan.Count + 1,
                $"a checkpoint says {checkpoints[^1].Count} records, but only {scan.Count} are there");
        }

        return scan;
    }

    private void Read(string path, long firstSequence, IReadOnlyList<AuditCheckpoint> checkpoints, ref int next)
    {
        var file = Path.GetFileName(path);
        (LastFile, LastFileBytes) = (path, 0);
        if (firstSequence != Count + 1)
        {
            Fault = new AuditFault("file_missing", file, 0, Count + 1, $"the file with record {Count + 1} is missing: this one begins at {firstSequence}");
            return;
        }

        using var reader = new AuditLineReader(path);
        for (var step = reader.Next(); step != AuditLineReader.Step.End; step = reader.Next())
        {
            var wrong = step switch
            {
                AuditLineReader.Step.Torn => ("torn_record", "the last line has no end"),
                AuditLineReader.Step.TooLong => ("line_too_long", "the line is longer than any record"),
                _ => Take(reader.Line, checkpoints, ref next),
            };
            if (wrong is var (code, message))
            {
                Fault = new AuditFault(code, file, reader.Number, Count + 1, message);
                return;
            }

            LastFileBytes = reader.Bytes;
        }
    }

    private (string Code, string Message)? Take(ReadOnlySpan<byte> line, IReadOnlyList<AuditCheckpoint> checkpoints, ref int next)
    {
        if (AuditLine.Check(line, Count + 1, Head, out var hash) is { } wrong)
        {
            return wrong;
        }

        if (LastFileBytes == 0)
        {
            LastFileBegan = AuditLine.TimeOf(line);
        }

        if (Count == 0)
        {
            var (action, subject) = AuditLine.Describe(line);
            if (action != AuditLog.CreatedAction || subject is null)
            {
                return ("malformed_record", $"the first record must be {AuditLog.CreatedAction} and name the log");
            }

            Name = subject;
        }

        for (; next < checkpoints.Count && checkpoints[next].Count == Count + 1; next++)
        {
            if (checkpoints[next].Head != hash)
            {
                return ("checkpoint_mismatch", $"a checkpoint says another hash for record {Count + 1}: some record up to here was changed and all after it rehashed");
            }
        }

        (Count, Head) = (Count + 1, hash);
        return null;
    }
}
