using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Zakenak.Gateway.Forwarding;
using Zakenak.Gateway.Routing;
using Zakenak.Gateway.Screening;
using Zakenak.Gateway.Screening.Answers;
using Zakenak.Gateway.Screening.Redaction;

// Prints tables in Markdown; tests/Benchmarks/screening.sh makes the report of them.
const int Rounds = 60;
string[] words = ["The", " invoice", " of", " 2024", " was", " sent", " to", " ann", "@example", ".org", ",", " paid", " by", " 4111", " 1111", " 1111", " 1111", ".", " Thanks", "!"];
var events = words.Select(word => Encoding.UTF8.GetBytes(
    $$"""data: {"id":"chatcmpl-01a1ff4072247c1289d1d1bb5b137712","object":"chat.completion.chunk","created":1763745600,"model":"guide:v1","choices":[{"index":0,"delta":{"content":"{{word}}"},"finish_reason":null}]}""" + "\n\n")).ToArray();
const int Streams = 50;

var small = Encoding.UTF8.GetBytes("""{"model":"guide","messages":[{"role":"system","content":"You are kind."},{"role":"user","content":"What is a canary?"}],"temperature":0.7,"max_tokens":256,"stream":true,"seed":7}""");
var large = Encoding.UTF8.GetBytes($$"""{"model":"guide","messages":[{"role":"user","content":"{{new string('x', 100_000)}}"}],"temperature":0.7,"stop":["a","b"]}""");
var whole = Encoding.UTF8.GetBytes($$$"""{"id":"c","object":"chat.completion","created":1,"model":"guide:v1","choices":[{"index":0,"message":{"role":"assistant","content":"{{{string.Concat(Enumerable.Repeat(string.Concat(words), 12))}}}"},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":240,"total_tokens":247}}""");

Console.WriteLine("| Step | median | allocated |");
Console.WriteLine("|---|---|---|");
Report($"request, {small.Length} B, schema", 1000, () => RequestScreen.Read(small, ApiRoute.Chat, 64));
Report($"request, {large.Length / 1000} kB, schema", 20, () => RequestScreen.Read(large, ApiRoute.Chat, 64));
Report($"answer in one piece, {whole.Length} B, shape", 200, () => AnswerScreen.IsWhole(whole, ApiRoute.Chat, refused: false));
Report($"event, {events[0].Length} B, shape", 1000, () => AnswerScreen.Event(ServerSentEvents.DataOf(events[3]), out _));

Pattern own = RegexPattern.TryCreate("staff", @"\bS-[0-9]{6}\b", ignoreCase: false, TimeSpan.FromSeconds(1)).Pattern!;
(string Name, Pattern[] Patterns)[] sets =
[
    ("email", [new EmailPattern()]), ("card", [new CardPattern()]), ("iban", [new IbanPattern()]), ("secret", [new SecretPattern()]), ("one of your own", [own]),
    ("all five", [new SecretPattern(), new EmailPattern(), new CardPattern(), new IbanPattern(), own]),
];
Console.WriteLine();
Console.WriteLine("| Patterns | an event of a stream | allocated | of writing it as it is | a prompt of 100 kB |");
Console.WriteLine("|---|---|---|---|---|");
var copied = Measure(1, () => Stream(null)).Micros / (events.Length * Streams);
foreach (var (name, patterns) in sets)
{
    var set = new PatternSet(patterns);
    var (micros, bytes) = Measure(1, () => Stream(set));
    var (prompt, _) = Measure(1, () => new RequestRedactor(set, _ => { }).Redact(large, 64));
    micros /= events.Length * Streams;
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"| {name} | {micros:F2} µs | {bytes / (events.Length * Streams)} B | {micros / copied:F1}× | {prompt:F0} µs |"));
}

// Many streams of the same events, as the pump writes them.
void Stream(PatternSet? set)
{
    var output = new ArrayBufferWriter<byte>(64 * 1024);
    for (var i = 0; i < Streams; i++)
    {
        output.ResetWrittenCount();
        using var redactor = set is null ? null : new AnswerRedactor(set, _ => { });
        foreach (var sse in events)
        {
            var data = ServerSentEvents.DataOf(sse);
            AnswerScreen.Event(data, out _);
            if (redactor is null)
                output.Write(sse);
            else
                redactor.TryRewriteEvent(data, output, out _);
        }

        redactor?.Flush(output);
    }
}

static void Report(string name, int times, Action action)
{
    var (micros, bytes) = Measure(times, action);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {micros:F2} µs | {bytes} B |"));
}

// The median of the second half of the rounds: the first half is for the compiler.
static (double Micros, long Bytes) Measure(int times, Action action)
{
    var rounds = new double[Rounds];
    var bytes = 0L;
    for (var round = 0; round < Rounds; round++)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < times; i++)
            action();
        rounds[round] = Stopwatch.GetElapsedTime(start).TotalMicroseconds / times;
        bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / times;
        if (round < Rounds / 2)
            Thread.Sleep(5);
    }

    return (rounds[(Rounds / 2)..].Order().ElementAt(Rounds / 4), bytes);
}
