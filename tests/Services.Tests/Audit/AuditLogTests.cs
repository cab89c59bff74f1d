using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Zakenak.Audit;

namespace Zakenak.Services.Tests.Audit;

public sealed class AuditLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new();

    private string Log => _folder["log"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_record_is_on_disk_with_its_chain_when_its_append_ends()
    {
        await using var log = Open();
        var receipt = await log.AppendAsync(new AuditRecord("spiffe://zakenak.local/ns/dev/sa/gateway", "svid.issued", "gateway", AuditOutcome.Refused, "token_spent")
        {
            Details = new Dictionary<string, string> { ["serial"] = "0a", ["address"] = "127.0.0.1" },
        });

        var lines = File.ReadAllLines(Path.Combine(Log, "audit-000000000001.jsonl"));
        Assert.Equal(2, lines.Length);
        using var first = JsonDocument.Parse(lines[0]);
        using var second = JsonDocument.Parse(lines[1]);
        Assert.Equal("audit.created", first.RootElement.GetProperty("action").GetString());
        Assert.Equal(first.RootElement.GetProperty("hash").GetString(), second.RootElement.GetProperty("prev").GetString());
        Assert.Equal((2, second.RootElement.GetProperty("hash").GetString()), (receipt.Sequence, receipt.Hash));
        Assert.Equal(
            """{"seq":2,"time":"2026-01-02T03:04:05.0000000Z","actor":"spiffe://zakenak.local/ns/dev/sa/gateway","action":"svid.issued","subject":"gateway","outcome":"refused","code":"token_spent","details":{"address":"127.0.0.1","serial":"0a"},"prev":""",
            lines[1][..lines[1].IndexOf("\"prev\":", StringComparison.Ordinal)] + "\"prev\":");
    }

    [Fact]
    public async Task Anyone_can_check_a_hash_with_the_line_and_SHA_256_alone()
    {
        await using (var log = Open())
        {
            await log.AppendAsync(Record("a"));
        }

        foreach (var line in File.ReadLines(Path.Combine(Log, "audit-000000000001.jsonl")))
        {
            var cut = line.LastIndexOf(",\"hash\":", StringComparison.Ordinal);
            var hash = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(line[..cut] + "}")));
            Assert.Equal($",\"hash\":\"{hash}\"}}", line[cut..]);
        }
    }

    [Fact]
    public async Task A_file_ends_with_its_age_too_also_when_the_log_was_closed_meanwhile()
    {
        for (var run = 0; run < 2; run++)
        {
            await using var log = AuditLog.Open(new AuditLogOptions { Directory = Log, Name = "test", MaxFileAge = TimeSpan.FromHours(1) }, _time);
            await log.AppendAsync(Record("a"));
            _time.Advance(TimeSpan.FromMinutes(30));
            await log.AppendAsync(Record("b"));
            _time.Advance(TimeSpan.FromMinutes(20));
        }

        Assert.Equal(2, Directory.GetFiles(Log, "audit-*.jsonl").Length);
        Assert.True(AuditVerifier.Verify(Log) is { Holds: true, Records: 5 });
    }

    [Fact]
    public async Task A_log_goes_on_where_it_stopped_and_rotation_keeps_the_chain()
    {
        for (var run = 0; run < 3; run++)
        {
            await using var log = AuditLog.Open(Options(maxFileBytes: 600), _time);
            for (var i = 0; i < 10; i++)
            {
                await log.AppendAsync(Record($"subject-{run}-{i}"));
            }
        }

        var result = AuditVerifier.Verify(Log, "test");
        Assert.True(result.Holds, result.Fault?.ToString());
        Assert.Equal(31, result.Records);
        Assert.True(Directory.GetFiles(Log, "audit-*").Length > 5);
    }

    [Fact]
    public async Task Appends_that_wait_together_share_a_flush()
    {
        using var disk = new FakeDisk();
        await using var log = AuditLog.Open(Options(), _time, disk.Open);
        disk.HoldFlush();
        var appends = Enumerable.Range(0, 200).Select(i => log.AppendAsync(Record($"s{i}")).AsTask()).ToList();
        disk.ReleaseFlush();
        var receipts = await Task.WhenAll(appends);

        Assert.Equal(Enumerable.Range(2, 200).Select(i => (long)i), receipts.Select(r => r.Sequence).Order());
        Assert.InRange(disk.Flushes, 2, 10);
    }

    [Fact]
    public async Task No_append_ends_before_its_flush()
    {
        using var disk = new FakeDisk();
        await using var log = AuditLog.Open(Options(), _time, disk.Open);
        disk.HoldFlush();
        var append = log.AppendAsync(Record("s")).AsTask();
        await disk.FlushEntered.WaitAsync(TestContext.Current.CancellationToken);
        Assert.False(append.IsCompleted);
        disk.ReleaseFlush();
        await append;
    }

    [Fact]
    public async Task A_full_disk_refuses_the_append_and_leaves_a_whole_log_that_goes_on_when_there_is_room()
    {
        using var disk = new FakeDisk();
        await using (var log = AuditLog.Open(Options(), _time, disk.Open))
        {
            await log.AppendAsync(Record("before"));
            disk.RoomLeft = 100;
            var refusal = await Assert.ThrowsAsync<AuditUnavailableException>(async () => await log.AppendAsync(Record("while full")));
            Assert.IsType<IOException>(refusal.InnerException);
            Assert.Equal(2, AuditVerifier.Verify(Log).Records);
            disk.RoomLeft = long.MaxValue;
            Assert.Equal(3, (await log.AppendAsync(Record("after"))).Sequence);
        }

        Assert.True(AuditVerifier.Verify(Log) is { Holds: true, Records: 3 });
        Assert.DoesNotContain("while full", File.ReadAllText(Path.Combine(Log, "audit-000000000001.jsonl")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_a_failed_flush_nothing_more_is_taken()
    {
        using var disk = new FakeDisk();
        await using var log = AuditLog.Open(Options(), _time, disk.Open);
        disk.FailFlush = true;
        await Assert.ThrowsAsync<AuditUnavailableException>(async () => await log.AppendAsync(Record("a")));
        disk.FailFlush = false;
        await Assert.ThrowsAsync<AuditUnavailableException>(async () => await log.AppendAsync(Record("b")));
    }

    [Fact]
    public async Task A_closed_log_refuses()
    {
        var log = Open();
        await log.DisposeAsync();
        await Assert.ThrowsAsync<AuditUnavailableException>(async () => await log.AppendAsync(Record("late")));
    }

    [Fact]
    public async Task Two_writers_never_share_a_log()
    {
        var log = Open();
        var refusal = Assert.Throws<AuditUnavailableException>(() => Open());
        Assert.Contains("another process", refusal.Message, StringComparison.Ordinal);
        await log.DisposeAsync();
        await using var next = Open();
    }

    [Fact]
    public async Task A_log_is_not_opened_under_another_name()
    {
        await Open().DisposeAsync();
        var refusal = Assert.Throws<AuditDamagedException>(() => AuditLog.Open(Options(name: "other"), _time));
        Assert.Equal("log_name", refusal.Fault!.Code);
    }

    [Fact]
    public async Task Only_the_owner_may_read_it()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("file modes are of Unix");
            return;
        }

        await using var log = AuditLog.Open(Options(maxFileBytes: 100), _time);
        await log.AppendAsync(Record("a"));
        await log.AppendAsync(Record("b"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Log));
        foreach (var file in Directory.GetFiles(Log))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    [Fact]
    public async Task Any_text_is_recorded_in_one_bounded_line_and_the_chain_holds()
    {
        using var disk = new FakeDisk();
        await using (var log = AuditLog.Open(Options(), _time, disk.Open))
        {
            var property = Prop.ForAll<string, string, string>((actor, subject, detail) =>
            {
                var long_ = string.Concat(Enumerable.Repeat(subject ?? "", 40));
                log.AppendAsync(new AuditRecord("a" + actor, "b", long_, AuditOutcome.Failed, detail)
                {
                    Details = new Dictionary<string, string> { ["x"] = "\ud800" + detail, ["y\n"] = new string('\u0001', 10_000) },
                }).AsTask().GetAwaiter().GetResult();
            });
            Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), property);
        }

        var result = AuditVerifier.Verify(Log);
        Assert.True(result.Holds, result.Fault?.ToString());
        Assert.Equal(301, result.Records);
        Assert.All(Directory.GetFiles(Log, "audit-*").SelectMany(File.ReadLines), line => Assert.InRange(line.Length, 1, 60_000));
    }

    [Fact]
    public async Task A_signed_checkpoint_is_kept_and_reported_when_it_is_due()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var reported = new BlockingCollection<AuditCheckpoint>();
        await using (var log = AuditLog.Open(Options(key: key, report: reported.Add, every: 5), _time))
        {
            Assert.Equal(1, reported.Take(TestContext.Current.CancellationToken).Count); // a log that is only just made can be verified
            for (var i = 0; i < 5; i++)
            {
                await log.AppendAsync(Record("by count"));
            }

            Assert.Equal(6, reported.Take(TestContext.Current.CancellationToken).Count);
            var receipt = await log.AppendAsync(Record("by time"));
            _time.Advance(TimeSpan.FromMinutes(2));
            var second = reported.Take(TestContext.Current.CancellationToken);
            Assert.Equal((7, receipt.Hash), (second.Count, second.Head));
            Assert.True(second.IsSignedBy(key));
            Assert.False((second with { Count = 8 }).IsSignedBy(key));
            Assert.False((second with { Head = new string('0', 64) }).IsSignedBy(key));
            Assert.False((second with { Time = second.Time.AddSeconds(1) }).IsSignedBy(key));
            await log.AppendAsync(Record("at the end"));
        }

        Assert.Equal(8, reported.Take(TestContext.Current.CancellationToken).Count);
        using var publicKey = ECDsa.Create(key.ExportParameters(includePrivateParameters: false));
        var result = AuditVerifier.Verify(Log, "test", [publicKey]);
        Assert.True(result.Holds, result.Fault?.ToString());
        Assert.Equal(8, result.Checkpointed);
    }

    [Fact]
    public async Task A_receiver_of_checkpoints_that_throws_does_not_stop_the_log()
    {
        await using var log = AuditLog.Open(Options(every: 1, report: _ => throw new InvalidOperationException()), _time);
        await log.AppendAsync(Record("a"));
        Assert.Equal(3, (await log.AppendAsync(Record("b"))).Sequence);
    }

    [Theory]
    [InlineData("", "action")]
    [InlineData("actor", "")]
    public async Task A_record_without_actor_or_action_is_the_callers_bug(string actor, string action)
    {
        await using var log = Open();
        await Assert.ThrowsAsync<ArgumentException>(async () => await log.AppendAsync(new AuditRecord(actor, action, "s", AuditOutcome.Done)));
    }

    internal static AuditRecord Record(string subject) => new("actor", "test.appended", subject, AuditOutcome.Done);

    private AuditLog Open() => AuditLog.Open(Options(), _time);

    private AuditLogOptions Options(
        long maxFileBytes = 1 << 20, string name = "test", ECDsa? key = null, Action<AuditCheckpoint>? report = null, int every = 1000) => new()
        {
            Directory = Log,
            Name = name,
            MaxFileBytes = maxFileBytes,
            CheckpointKey = key,
            OnCheckpoint = report,
            CheckpointEveryRecords = every,
        };
}
