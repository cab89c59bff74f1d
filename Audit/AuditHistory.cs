using System.Text.Json;

namespace Zakenak.Audit;

/// <summary>Reads the records of a log that was opened or verified before; this checks nothing itself.</summary>
public static class AuditHistory
{
    /// <summary>Every whole record with its place in the chain, oldest first; the log may be open meanwhile.</summary>
    public static IEnumerable<(long Sequence, AuditRecord Record)> Read(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        foreach (var (path, _) in AuditFolder.Files(directory))
        {
            using var reader = new AuditLineReader(path);
            while (reader.Next() == AuditLineReader.Step.Line)
            {
                yield return Parse(reader.Line.ToArray());
            }
        }
    }

    private static (long Sequence, AuditRecord Record) Parse(byte[] line)
    {
        using var json = JsonDocument.Parse(line);
        var record = json.RootElement;
        return (record.GetProperty("seq").GetInt64(), new AuditRecord(
            record.GetProperty("actor").GetString()!,
            record.GetProperty("action").GetString()!,
            record.GetProperty("subject").GetString()!,
            Enum.Parse<AuditOutcome>(record.GetProperty("outcome").GetString()!, ignoreCase: true),
            record.GetProperty("code").GetString())
        {
            Details = record.GetProperty("details").EnumerateObject().ToDictionary(d => d.Name, d => d.Value.ToString()),
        });
    }
}
