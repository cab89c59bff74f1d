using System.Text;
using global::EmbeddedHost.Logs;

namespace Zakenak.AppHost.Tests.EmbeddedHost;

public class LogTests
{
    [Fact]
    public void A_ring_keeps_the_last_lines_only()
    {
        var ring = new LogRing(3, 1000, TimeProvider.System);
        for (var i = 1; i <= 10; i++)
            ring.Add($"line {i}", false);

        Assert.Equal(["line 8", "line 9", "line 10"], ring.After(0).Select(entry => entry.Text));
        Assert.Equal(["line 10"], ring.After(9).Select(entry => entry.Text));
        Assert.Equal([8, 9, 10], ring.After(0).Select(entry => (int)entry.Number));
    }

    [Fact]
    public void A_ring_keeps_no_more_characters_than_it_may()
    {
        var ring = new LogRing(1000, 100, TimeProvider.System);
        for (var i = 0; i < 50; i++)
            ring.Add(new string('x', 30), false);

        Assert.Equal(3, ring.After(0).Count);
    }

    [Fact]
    public async Task A_reader_is_woken_by_the_next_line()
    {
        var ring = new LogRing(10, 1000, TimeProvider.System);
        ring.Add("first", false);
        var next = ring.WaitAfterAsync(1, CancellationToken.None);
        Assert.False(next.IsCompleted);
        ring.Add("second", true);

        Assert.Equal([("second", true)], (await next.WaitAsync(RunningHost.Patience)).Select(entry => (entry.Text, entry.IsError)));
    }

    [Fact]
    public async Task Lines_are_split_cut_and_decoded()
    {
        var lines = new List<string>();
        var text = $"one\r\ntwo\n\n{new string('x', 25)}\nžluťoučký\nno end";
        await LineReader.ReadAsync(new OneByteAtATime(Encoding.UTF8.GetBytes(text)), 20, lines.Add);

        Assert.Equal(["one", "two", "", new string('x', 20) + "… [5 more characters]", "žluťoučký", "no end"], lines);
    }

    [Fact]
    public async Task A_process_that_never_ends_a_line_fills_no_memory()
    {
        await using var builder = RunningHost.Builder("--EmbeddedHost:LogLineCharacters=1000");
        builder.AddShell("job", "head -c 20000000 /dev/zero | tr '\\0' x; echo; echo done; sleep 1000");
        await using var host = await RunningHost.StartAsync(builder);

        await host.LineAsync("job", "done");
        Assert.Equal(new string('x', 1000) + "… [19999000 more characters]", (await host.LinesAsync("job"))[0]);
    }

    /// <summary>The worst way in which a pipe can deliver: every character of several bytes is torn.</summary>
    private sealed class OneByteAtATime(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..1], cancellationToken);
    }
}
