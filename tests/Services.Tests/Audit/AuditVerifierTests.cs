using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Zakenak.Audit;

namespace Zakenak.Services.Tests.Audit;

public sealed class AuditVerifierTests : IDisposable
{
    private const int Records = 20;
    private readonly TemporaryFolder _folder = new();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly string[] _lines;

    public AuditVerifierTests()
    {
        Write(Log, "test", _key);
        _lines = File.ReadAllLines(First);
        Assert.Equal(Records, _lines.Length);
    }

    private string Log => _folder["log"];

    private string First => Path.Combine(Log, "audit-000000000001.jsonl");

    public void Dispose()
    {
        _folder.Dispose();
        _key.Dispose();
    }

    [Fact]
    public void Any_changed_byte_is_found_in_its_own_line()
    {
        var whole = File.ReadAllBytes(First);
        var property = Prop.ForAll(Gen.Choose(0, whole.Length - 1).ToArbitrary(), Gen.Choose(1, 255).ToArbitrary(), (at, flip) =>
        {
            var bytes = (byte[])whole.Clone();
            bytes[at] ^= (byte)flip;
            File.WriteAllBytes(First, bytes);
            var line = whole.AsSpan(0, at).Count((byte)'\n') + 1;
            var fault = AuditVerifier.Verify(Log, "test", [_key]).Fault;
            return fault is not null && (fault.Line == line || (line == Records && fault.Code == "truncated"));
        });
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), property);
    }

    [Fact]
    public void Any_deleted_repeated_or_moved_record_is_found_where_it_happened()
    {
        for (var i = 0; i < Records; i++)
        {
            Assert.Equal(i + 1, FaultAfter(lines => lines.RemoveAt(i)).Sequence);
            Assert.Equal(i + 2, FaultAfter(lines => lines.Insert(i, lines[i])).Sequence);
            for (var j = i + 1; j < Records; j++)
            {
                Assert.Equal(i + 1, FaultAfter(lines => (lines[i], lines[j]) = (lines[j], lines[i])).Sequence);
            }
        }
    }

    [Fact]
    public void A_record_changed_and_rehashed_breaks_the_link_of_the_next()
    {
        var fault = FaultAfter(lines => lines[4] = Rehash(lines[4], subject: "forged", previous: null));
        Assert.Equal(("link_broken", 6), (fault.Code, fault.Sequence));
    }

    [Fact]
    public void A_rewritten_rest_of_the_log_shows_against_the_checkpoint()
    {
        var fault = FaultAfter(Forge);
        Assert.Equal("checkpoint_mismatch", fault.Code);
    }

    [Fact]
    public void A_rewritten_folder_with_checkpoints_of_ones_own_fails_by_the_key_or_by_a_checkpoint_from_outside()
    {
        var outside = AuditCheckpoint.TryParse(Encoding.UTF8.GetBytes(File.ReadLines(Path.Combine(Log, "checkpoints.jsonl")).Last()))!;
        using var thiefsKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Directory.Delete(Log, recursive: true);
        Write(Log, "test", thiefsKey);

        Assert.True(AuditVerifier.Verify(Log, "test").Holds);
        Assert.Equal("checkpoint_signature", AuditVerifier.Verify(Log, "test", [_key]).Fault!.Code);
        Assert.Equal("checkpoint_mismatch", AuditVerifier.Verify(Log, "test", outside: outside).Fault!.Code);
    }

    [Fact]
    public void A_truncation_shows_against_the_checkpoint_wherever_it_cuts()
    {
        for (var keep = 0; keep < Records; keep++)
        {
            var fault = FaultAfter(lines => lines.RemoveRange(keep, lines.Count - keep));
            Assert.Equal(("truncated", keep + 1), (fault.Code, fault.Sequence));
        }
    }

    [Fact]
    public void Cutting_the_checkpoints_too_shows_against_one_from_outside()
    {
        var outside = AuditCheckpoint.TryParse(Encoding.UTF8.GetBytes(File.ReadLines(Path.Combine(Log, "checkpoints.jsonl")).Last()))!;
        File.WriteAllLines(First, _lines[..5]);
        File.Delete(Path.Combine(Log, "checkpoints.jsonl"));
        Assert.True(AuditVerifier.Verify(Log, "test").Holds);
        Assert.Equal("checkpoint_missing", AuditVerifier.Verify(Log, "test", [_key]).Fault!.Code);
        Assert.Equal("truncated", AuditVerifier.Verify(Log, "test", [_key], outside).Fault!.Code);
        Assert.Equal("checkpoint_signature", AuditVerifier.Verify(Log, "test", [_key], outside with { Count = 5 }).Fault!.Code);
    }

    [Fact]
    public void Another_logs_folder_does_not_pass_for_this_one()
    {
        Write(_folder["other"], "other", _key);
        Assert.Equal("log_name", AuditVerifier.Verify(_folder["other"], "test", [_key]).Fault!.Code);
    }

    [Fact]
    public void A_line_longer_than_any_record_is_refused_in_bounded_memory()
    {
        var fault = FaultAfter(lines => lines[7] = new string(' ', 5_000_000));
        Assert.Equal(("line_too_long", 8), (fault.Code, fault.Sequence));
    }

    [Fact]
    public void A_fault_in_a_later_file_names_that_file_and_line()
    {
        Directory.Delete(Log, recursive: true);
        Write(Log, "test", _key, maxFileBytes: 700);
        var file = Directory.GetFiles(Log, "audit-*").Order().ElementAt(2);
        var lines = File.ReadAllLines(file);
        lines[1] = lines[1].Replace("actor", "factor", StringComparison.Ordinal);
        File.WriteAllLines(file, lines);
        var fault = AuditVerifier.Verify(Log).Fault!;
        Assert.Equal((Path.GetFileName(file), 2, "hash_mismatch"), (fault.File, fault.Line, fault.Code));
    }

    private static string Rehash(string line, string? subject, string? previous)
    {
        var record = JsonNode.Parse(line)!.AsObject();
        record["subject"] = subject ?? (string?)record["subject"];
        record["prev"] = previous ?? (string?)record["prev"];
        record.Remove("hash");
        var content = record.ToJsonString();
        return content[..^1] + $",\"hash\":\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)))}\"}}";
    }

    private static void Forge(List<string> lines)
    {
        lines[4] = Rehash(lines[4], subject: "forged", previous: null);
        for (var i = 5; i < lines.Count; i++)
        {
            lines[i] = Rehash(lines[i], null, (string?)JsonNode.Parse(lines[i - 1])!["hash"]);
        }
    }

    private static void Write(string directory, string name, ECDsa key, long maxFileBytes = 1 << 20)
    {
        var log = AuditLog.Open(new AuditLogOptions { Directory = directory, Name = name, CheckpointKey = key, MaxFileBytes = maxFileBytes }, new ManualTime());
        for (var i = 1; i < Records; i++)
        {
            log.AppendAsync(AuditLogTests.Record($"s{i}")).AsTask().GetAwaiter().GetResult();
        }

        log.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private AuditFault FaultAfter(Action<List<string>> change)
    {
        var lines = _lines.ToList();
        change(lines);
        File.WriteAllLines(First, lines);
        var result = AuditVerifier.Verify(Log, "test", [_key]);
        Assert.False(result.Holds);
        return result.Fault!;
    }
}
