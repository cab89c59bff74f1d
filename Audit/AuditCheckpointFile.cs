using System.Security.Cryptography;
using System.Text;

namespace Zakenak.Audit;

/// <summary>The checkpoints kept beside the records.</summary>
internal static class AuditCheckpointFile
{
    /// <summary>Reads all checkpoints; the fault is the first that is malformed, out of order or wrongly signed.</summary>
    /// <param name="directory">The log's folder.</param>
    /// <param name="keys">Public keys; none checks no signature.</param>
    /// <param name="onlyTheseKeys">Whether a checkpoint without a signature, or by another key, is a fault.</param>
    /// <param name="wholeBytes">Bytes of whole lines; what follows is a torn line, which covers nothing that was promised.</param>
    /// <param name="checkpoints">The good ones before the fault, in order of their counts.</param>
    public static AuditFault? Read(
        string directory, IEnumerable<ECDsa> keys, bool onlyTheseKeys, out long wholeBytes, out List<AuditCheckpoint> checkpoints)
    {
        wholeBytes = 0;
        checkpoints = [];
        var path = Path.Combine(directory, AuditFolder.Checkpoints);
        if (!File.Exists(path))
        {
            return null;
        }

        var keysById = keys.DistinctBy(AuditCheckpoint.IdOf).ToDictionary(AuditCheckpoint.IdOf);
        using var reader = new AuditLineReader(path);
        AuditLineReader.Step step;
        while ((step = reader.Next()) is AuditLineReader.Step.Line or AuditLineReader.Step.TooLong)
        {
            var checkpoint = step == AuditLineReader.Step.Line ? AuditCheckpoint.TryParse(reader.Line) : null;
            var smallest = checkpoints.Count == 0 ? 1 : checkpoints[^1].Count;
            if (checkpoint is null || checkpoint.Count < smallest)
            {
                return new AuditFault(
                    "checkpoint_malformed", AuditFolder.Checkpoints, reader.Number, checkpoint?.Count ?? 0, "the line is no checkpoint or stands in the wrong place");
            }

            if (SignatureFault(checkpoint, keysById, onlyTheseKeys) is { } message)
            {
                return new AuditFault("checkpoint_signature", AuditFolder.Checkpoints, reader.Number, checkpoint.Count, message);
            }

            checkpoints.Add(checkpoint);
            wholeBytes = reader.Bytes;
        }

        return null;
    }

    public static byte[] LineOf(AuditCheckpoint checkpoint) => Encoding.UTF8.GetBytes(checkpoint + "\n");

    /// <summary>What is wrong with the signature, or null.</summary>
    public static string? SignatureFault(AuditCheckpoint checkpoint, IReadOnlyDictionary<string, ECDsa> keysById, bool onlyTheseKeys)
    {
        if (keysById.Count == 0)
        {
            return null;
        }

        if (checkpoint.KeyId is null || !keysById.TryGetValue(checkpoint.KeyId, out var key))
        {
            return onlyTheseKeys ? "the checkpoint is signed by no given key" : null;
        }

        return checkpoint.IsSignedBy(key) ? null : "the checkpoint's signature is wrong";
    }
}
