using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Zakenak.ServiceDefaults;

namespace Zakenak.Services.Tests.ServiceDefaults;

public partial class JsonLogTests
{
    private static readonly DateTimeOffset _now = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    [Fact]
    public void A_line_is_what_NETs_own_JSON_console_writes_but_for_the_time()
    {
        using var services = new ServiceCollection().AddLogging(b => b.AddJsonConsole(o => o.IncludeScopes = true)).BuildServiceProvider();
        var theirs = services.GetServices<ConsoleFormatter>().Single(f => f.Name == ConsoleFormatterNames.Json);
        var scopes = new LoggerExternalScopeProvider();
        var recorder = new Comparing(theirs, scopes);
        Everything(recorder, "a \"quoted\" text, ünïcode\n", null, 7, 8L, 1.5, 2.5f, true, TimeSpan.FromSeconds(3), 'c', 12.5m);
        using (scopes.Push(new KeyValuePair<string, object?>[] { new("request_id", "r1"), new("number", 3) }))
        using (scopes.Push("just words"))
        {
            Failed(recorder, new InvalidOperationException("It broke.", new IOException("That is why.")), double.NaN.ToString(System.Globalization.CultureInfo.InvariantCulture));
            recorder.Log(LogLevel.Critical, new EventId(5, "x"), "no template", null, (state, _) => state);
        }

        Assert.Equal(3, recorder.Compared);
    }

    [Fact]
    public void The_time_is_the_clocks_in_UTC_to_the_millisecond()
    {
        var line = Line(_now.ToOffset(TimeSpan.FromHours(5)), "text");
        Assert.Equal("2026-01-02T03:04:05.678Z", (string?)JsonNode.Parse(line)!["Timestamp"]);
    }

    [Fact]
    public void What_is_no_number_in_JSON_is_text()
    {
        var state = new KeyValuePair<string, object?>[] { new("a", double.NaN), new("b", float.PositiveInfinity) };
        var line = JsonNode.Parse(Line(_now, "text", state))!;
        Assert.Equal(("NaN", "Infinity"), ((string?)line["State"]!["a"], (string?)line["State"]!["b"]));
    }

    [Fact]
    public async Task No_line_is_lost_torn_or_out_of_its_threads_order()
    {
        const int Threads = 4, Lines = 5000;
        using var output = new MemoryStream();
        using (var sink = new LineSink(output))
        {
            await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(() =>
            {
                for (var i = 0; i < Lines; i++)
                {
                    sink.Write(Encoding.ASCII.GetBytes($"{thread} {i} {new string('x', i % 200)}\n"));
                }
            })));
        }

        var next = new int[Threads];
        foreach (var line in Encoding.ASCII.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = line.Split(' ');
            var thread = int.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture);
            var i = int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal((next[thread]++, i % 200), (i, parts[2].Length));
        }

        Assert.All(next, n => Assert.Equal(Lines, n));
    }

    [Fact]
    public async Task Who_logs_faster_than_lines_are_taken_waits_and_loses_none()
    {
        const int Lines = 5000;
        var line = Encoding.ASCII.GetBytes(new string('x', 1023) + "\n");
        using var output = new StuckStream();
        using var sink = new LineSink(output);
        var written = 0;
        var writer = Task.Run(() =>
        {
            for (; written < Lines; written++)
            {
                sink.Write(line);
            }
        });
        await Eventually.IsTrueAsync(() => Volatile.Read(ref written) >= 1024, "a mebibyte waits");
        Assert.False(writer.IsCompleted);
        Assert.True(Volatile.Read(ref written) < Lines / 2);
        output.Release();
        await writer;
        await Eventually.IsTrueAsync(() => output.Count == Lines * line.Length, "all lines are written");
    }

    [Fact]
    public void A_broken_output_ends_nobody()
    {
        using var sink = new LineSink(new BrokenStream());
        sink.Write("one\n"u8);
        sink.Write("two\n"u8);
    }

    [LoggerMessage(1, LogLevel.Warning, "All of it: {text} {nothing} {number} {large} {real} {small} {truth} {span} {letter} {money}")]
    private static partial void Everything(
        ILogger logger, string text, string? nothing, int number, long large, double real, float small, bool truth, TimeSpan span, char letter, decimal money);

    [LoggerMessage(2, LogLevel.Error, "Failed: {reason}")]
    private static partial void Failed(ILogger logger, Exception exception, string reason);

    private static string Line(DateTimeOffset now, string message, object? state = null) =>
        Encoding.UTF8.GetString(new JsonLogLine().Write(now, "category", LogLevel.Information, new EventId(9), message, state, null, new LoggerExternalScopeProvider()));

    /// <summary>Has each entry written by both.</summary>
    private sealed class Comparing(ConsoleFormatter theirs, IExternalScopeProvider scopes) : ILogger
    {
        public int Compared { get; private set; }

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            using var text = new StringWriter();
            theirs.Write(new LogEntry<TState>(logLevel, "category", eventId, state, exception, formatter), scopes, text);
            var expected = JsonNode.Parse(text.ToString())!.AsObject();
            var line = Encoding.UTF8.GetString(new JsonLogLine().Write(_now, "category", logLevel, eventId, formatter(state, exception), state, exception, scopes));
            Assert.EndsWith("}\n", line, StringComparison.Ordinal);
            var ours = JsonNode.Parse(line)!.AsObject();
            ours.Remove("Timestamp");
            Assert.Equal(expected.ToJsonString(), ours.ToJsonString());
            Compared++;
        }
    }

    private sealed class StuckStream : MemoryStream
    {
        private readonly ManualResetEventSlim _released = new();
        private long _count;

        public long Count => Interlocked.Read(ref _count);

        public void Release() => _released.Set();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _released.Wait();
            Interlocked.Add(ref _count, buffer.Length);
        }
    }

    private sealed class BrokenStream : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("Nobody reads.");
    }
}
