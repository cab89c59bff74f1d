using System.Diagnostics;
using System.Globalization;
using Zakenak.Audit;

namespace Zakenak.Services.Tests.Audit;

public sealed class AuditRecoveryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new();

    private string Log => _folder["log"];

    private string First => Path.Combine(Log, "audit-000000000001.jsonl");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_tail_torn_at_any_byte_is_cut_and_the_cut_is_recorded()
    {
        await Write(3);
        File.Delete(Path.Combine(Log, "checkpoints.jsonl"));
        var whole = File.ReadAllBytes(First);
        var lastLine = Array.LastIndexOf(whole, (byte)'\n', whole.Length - 2) + 1;
        for (var length = lastLine; length < whole.Length; length++)
        {
            File.WriteAllBytes(First, whole[..length]);
            using (var disk = new FakeDisk())
            {
                await using var log = AuditLog.Open(Options, _time, disk.Open);
            }

            File.Delete(Path.Combine(Log, "checkpoints.jsonl"));
            var result = AuditVerifier.Verify(Log);
            Assert.True(result.Holds, result.Fault?.ToString());
            Assert.Equal(whole[..lastLine], File.ReadAllBytes(First)[..lastLine]);
            var added = File.ReadAllText(First)[lastLine..];
            if (length == lastLine)
            {
                Assert.Empty(added);
            }
            else
            {
                Assert.Contains("\"action\":\"audit.recovered\"", added, StringComparison.Ordinal);
                Assert.Contains($"\"bytes_cut\":\"{length - lastLine}\"", added, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task A_tail_of_zeros_longer_than_any_record_is_torn_too()
    {
        await Write(2);
        File.AppendAllBytes(First, new byte[300_000]);
        await Write(1);
        Assert.True(AuditVerifier.Verify(Log) is { Holds: true, Records: 5 });
    }

    [Fact]
    public async Task Damage_before_the_end_refuses_to_open_names_the_line_and_changes_nothing()
    {
        await Write(5);
        var bytes = File.ReadAllBytes(First);
        var thirdLine = Newlines(bytes).ElementAt(1) + 1;
        bytes[thirdLine + 40] ^= 1;
        File.WriteAllBytes(First, bytes);

        var refusal = Assert.Throws<AuditDamagedException>(() => AuditLog.Open(Options, _time));
        Assert.Equal(("hash_mismatch", "audit-000000000001.jsonl", 3, 3), (refusal.Fault!.Code, refusal.Fault.File, refusal.Fault.Line, refusal.Fault.Sequence));
        Assert.Contains("audit-000000000001.jsonl line 3, record 3", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(bytes, File.ReadAllBytes(First));
    }

    [Fact]
    public async Task A_log_cut_short_of_its_checkpoint_refuses_to_open()
    {
        await Write(5);
        var bytes = File.ReadAllBytes(First);
        File.WriteAllBytes(First, bytes[..(Newlines(bytes).ElementAt(3) + 20)]);
        var refusal = Assert.Throws<AuditDamagedException>(() => AuditLog.Open(Options, _time));
        Assert.Equal("truncated", refusal.Fault!.Code);
    }

    [Fact]
    public async Task A_torn_checkpoint_is_cut()
    {
        await Write(2);
        File.AppendAllText(Path.Combine(Log, "checkpoints.jsonl"), "{\"count\":9");
        await Write(1);
        Assert.True(AuditVerifier.Verify(Log) is { Holds: true, Records: 4, Checkpointed: 4 });
    }

    [Fact]
    public async Task A_missing_file_refuses_to_open()
    {
        await Write(12, maxFileBytes: 600);
        File.Delete(Directory.GetFiles(Log, "audit-*").Order().ElementAt(2));
        var refusal = Assert.Throws<AuditDamagedException>(() => AuditLog.Open(Options, _time));
        Assert.Equal("file_missing", refusal.Fault!.Code);
    }

    [Fact]
    public async Task An_empty_next_file_left_by_a_crash_is_used()
    {
        await Write(2);
        File.WriteAllBytes(Path.Combine(Log, "audit-000000000004.jsonl"), []);
        await Write(1);
        Assert.True(AuditVerifier.Verify(Log) is { Holds: true, Records: 4 });
    }

    [Fact]
    public async Task Nothing_acknowledged_is_lost_when_the_writer_is_killed()
    {
        var acknowledged = new Dictionary<long, string>();
        for (var run = 0; run < 4; run++)
        {
            using var writer = Start(Writer, Log);
            for (var i = 0; i < 400; i++)
            {
                Take(await writer.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
            }

            writer.Kill();
            while (await writer.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            {
                Take(line);
            }

            await writer.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await using (var log = AuditLog.Open(new AuditLogOptions { Directory = Log, Name = "crash" }, TimeProvider.System))
        {
        }

        var result = AuditVerifier.Verify(Log, "crash");
        Assert.True(result.Holds, result.Fault?.ToString());
        var lines = Directory.GetFiles(Log, "audit-*").Order().SelectMany(File.ReadLines).ToList();
        Assert.True(acknowledged.Count >= 1600);
        Assert.All(acknowledged, a => Assert.EndsWith($"\"hash\":\"{a.Value}\"}}", lines[(int)a.Key - 1], StringComparison.Ordinal));

        void Take(string? line)
        {
            // The pipe's last line may be torn as well.
            if (line?.Split(' ') is [var sequence, { Length: 64 } hash])
            {
                acknowledged.Add(long.Parse(sequence, CultureInfo.InvariantCulture), hash);
            }
        }
    }

    [Fact]
    public async Task A_real_disk_that_takes_no_more_refuses_and_loses_nothing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the limit is set with ulimit");

        // 40 blocks of 512 bytes is less than the writer's 64 KiB a file; the runtime's own double mapping would meet the limit first.
        using var writer = Start("/bin/sh", "-c", $"trap '' XFSZ; ulimit -f 40; exec '{Writer}' '{Log}'");
        var output = await writer.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await writer.WaitForExitAsync(TestContext.Current.CancellationToken);

        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("refused", lines[^1]);
        var result = AuditVerifier.Verify(Log, "crash");
        Assert.True(result.Holds, result.Fault?.ToString());
        Assert.InRange(result.Records, lines.Length, 40 * 1024);
    }

    private static string Writer => Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "AuditWriter.exe" : "AuditWriter");

    private AuditLogOptions Options => new() { Directory = Log, Name = "test" };

    private async Task Write(int count, long maxFileBytes = 1 << 20)
    {
        await using var log = AuditLog.Open(new AuditLogOptions { Directory = Log, Name = "test", MaxFileBytes = maxFileBytes }, _time);
        for (var i = 0; i < count; i++)
        {
            await log.AppendAsync(AuditLogTests.Record($"s{i}"));
        }
    }

    private static IEnumerable<int> Newlines(byte[] bytes) => Enumerable.Range(0, bytes.Length).Where(i => bytes[i] == '\n');

    private static Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        start.Environment["DOTNET_gcServer"] = "0";
        return Process.Start(start)!;
    }
}
