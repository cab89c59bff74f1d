using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Zakenak.Audit;

/// <summary>
/// One record as a line: <c>{"seq":N,"time":…,…,"prev":"HASH","hash":"HASH"}</c>. The hash is SHA-256 over the line's bytes without the last
/// member, so any tool can check it without agreeing on how JSON is made canonical.
/// </summary>
internal static class AuditLine
{
    /// <summary>Longer than the longest record: 16 details of 320 characters, each at most six bytes when escaped, and the fields.</summary>
    public const int MaxBytes = 64 * 1024;

    private const int HashLength = 64;

    private static readonly JsonWriterOptions _options = new() { SkipValidation = true };

    /// <summary>The previous hash of the first record.</summary>
    public static readonly string Genesis = new('0', HashLength);

    private static ReadOnlySpan<byte> SeqMember => "{\"seq\":"u8;

    private static ReadOnlySpan<byte> PrevMember => ",\"prev\":\""u8;

    private static ReadOnlySpan<byte> HashMember => ",\"hash\":\""u8;

    private static ReadOnlySpan<byte> End => "\"}"u8;

    /// <summary>Appends the line and its newline to <paramref name="output"/>; returns its hash. <paramref name="scratch"/> is room for one line.</summary>
    public static string Write(
        ArrayBufferWriter<byte> output, ArrayBufferWriter<byte> scratch, long sequence, string previous, DateTimeOffset time, IAuditEntry entry)
    {
        scratch.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(scratch, _options))
        {
            Span<byte> written = stackalloc byte[32];
            Utf8Formatter.TryFormat(time.UtcDateTime, written, out var length, new StandardFormat('O'));
            json.WriteStartObject();
            json.WriteNumber("seq"u8, sequence);
            json.WriteString("time"u8, written[..length]);
            json.WriteString("actor"u8, Clip(entry.Actor));
            json.WriteString("action"u8, Clip(entry.Action));
            json.WriteString("subject"u8, Clip(entry.Subject));
            json.WriteString("outcome"u8, NameOf(entry.Outcome));
            json.WriteString("code"u8, entry.Code is null ? null : Clip(entry.Code));
            json.WriteStartObject("details"u8);
            entry.WriteDetails(new AuditDetails(json));
            json.WriteEndObject();
            json.WriteString("prev"u8, previous);
            json.WriteEndObject();
        }

        Span<byte> sum = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(scratch.WrittenSpan, sum);
        var hash = Convert.ToHexStringLower(sum);
        output.Write(scratch.WrittenSpan[..^1]);
        output.Write(HashMember);
        output.Advance(Encoding.ASCII.GetBytes(hash, output.GetSpan(HashLength)));
        output.Write(End);
        output.Write("\n"u8);
        return hash;
    }

    /// <summary>Checks one line (without its newline) as record <paramref name="sequence"/> after <paramref name="previous"/>; the code and sentence of what is wrong, or null.</summary>
    public static (string Code, string Message)? Check(ReadOnlySpan<byte> line, long sequence, string previous, out string hash)
    {
        hash = "";
        var tail = HashMember.Length + HashLength + End.Length;
        if (line.Length <= tail || !line[^tail..].StartsWith(HashMember) || !line.EndsWith(End))
        {
            return ("malformed_record", "the line does not end in a hash");
        }

        Span<byte> computed = stackalloc byte[SHA256.HashSizeInBytes];
        using (var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256))
        {
            sha.AppendData(line[..^tail]);
            sha.AppendData("}"u8);
            sha.GetHashAndReset(computed);
        }

        hash = Convert.ToHexStringLower(computed);
        if (!line.Slice(line.Length - tail + HashMember.Length, HashLength).SequenceEqual(Encoding.ASCII.GetBytes(hash)))
        {
            return ("hash_mismatch", "the record was changed after it was written");
        }

        // From here on the line is as its writer made it; what remains is its place in the chain.
        var content = line[..^tail];
        var link = PrevMember.Length + HashLength + 1;
        if (!content.StartsWith(SeqMember)
            || !Utf8Parser.TryParse(content[SeqMember.Length..], out long found, out _)
            || content.Length <= link
            || !content[^link..].StartsWith(PrevMember)
            || !IsJson(line))
        {
            return ("malformed_record", "the line is no record of this log's form");
        }

        if (found != sequence)
        {
            return ("sequence_gap", $"record {found} stands here: one was deleted, inserted or moved");
        }

        return content[^(HashLength + 1)..^1].SequenceEqual(Encoding.ASCII.GetBytes(previous))
            ? null
            : ("link_broken", "it does not follow the record before it: that one was changed and rehashed, or this one comes from another log");
    }

    /// <summary>The action and subject of a line that <see cref="Check"/> passed.</summary>
    public static (string? Action, string? Subject) Describe(ReadOnlySpan<byte> line)
    {
        using var json = JsonDocument.Parse(line.ToArray());
        return (Text(json.RootElement, "action"), Text(json.RootElement, "subject"));

        static string? Text(JsonElement record, string name) =>
            record.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }

    /// <summary>The time of a line that <see cref="Check"/> passed; the beginning of all times where it has none.</summary>
    public static DateTimeOffset TimeOf(ReadOnlySpan<byte> line)
    {
        using var json = JsonDocument.Parse(line.ToArray());
        return json.RootElement.TryGetProperty("time", out var time) && time.ValueKind == JsonValueKind.String && time.TryGetDateTimeOffset(out var value) ? value : default;
    }

    private static bool IsJson(ReadOnlySpan<byte> line)
    {
        try
        {
            var json = new Utf8JsonReader(line);
            while (json.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>The text, or as much of it as a record takes.</summary>
    public static string Clip(string text)
    {
        if (text.Length <= AuditRecord.MaxTextLength)
        {
            return text;
        }

        var end = AuditRecord.MaxTextLength - 1;
        return string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[end - 1]) ? end - 1 : end), "…");
    }

    private static string NameOf(AuditOutcome outcome) => outcome switch
    {
        AuditOutcome.Done => "done",
        AuditOutcome.Refused => "refused",
        AuditOutcome.Failed => "failed",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome)),
    };
}
