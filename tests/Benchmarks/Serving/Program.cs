using System.CommandLine;
using Zakenak.Benchmarks.Serving;
using Zakenak.Benchmarks.Serving.Client;
using Zakenak.Benchmarks.Serving.Report;
using Zakenak.Benchmarks.Serving.Workloads;

var peerOption = new Option<string[]>("--peer") { Description = "NAME=URL of an endpoint that is running; the first is compared with the others.", Required = true, AllowMultipleArgumentsPerToken = true };
var keyOption = new Option<string[]>("--key-file") { Description = "NAME=FILE with the API key of a peer.", AllowMultipleArgumentsPerToken = true };
var secondKeyOption = new Option<string[]>("--second-key-file") { Description = "NAME=FILE with the API key of another tenant, for the workload 'flood'.", AllowMultipleArgumentsPerToken = true };
var modelOption = new Option<string[]>("--model") { Description = "NAME=MODEL to ask a peer for; its first one unless said.", AllowMultipleArgumentsPerToken = true };
var workloadOption = new Option<string[]>("--workload") { Description = "single, distinct, shared-prefix, long-arrives, flood, mixed, chat-history, open-loop; all but open-loop unless said.", AllowMultipleArgumentsPerToken = true };
var clientsOption = new Option<int>("--clients") { Description = "Clients, or streams.", DefaultValueFactory = _ => 16 };
var roundsOption = new Option<int>("--rounds") { Description = "How often each workload runs with each peer.", DefaultValueFactory = _ => 3 };
var tokensOption = new Option<int>("--answer-tokens") { Description = "Tokens of an answer.", DefaultValueFactory = _ => 96 };
var prefixOption = new Option<int>("--prefix-tokens") { Description = "Tokens of the shared prefix.", DefaultValueFactory = _ => 1900 };
var longOption = new Option<int>("--long-tokens") { Description = "Tokens of the prompt that arrives while streams run.", DefaultValueFactory = _ => 3400 };
var rateOption = new Option<double>("--rate") { Description = "Requests a second of the open loop.", DefaultValueFactory = _ => 2 };
var secondsOption = new Option<double>("--seconds") { Description = "How long the open loop sends.", DefaultValueFactory = _ => 20 };
var insecureOption = new Option<bool>("--insecure") { Description = "Take any server certificate; for loopback." };
var outOption = new Option<string?>("--out") { Description = "Where to write FILE.json, FILE.svg and FILE.md; only to the terminal unless said." };

var command = new RootCommand("""
    Loads endpoints that speak OpenAI's chat completions, in turns within one run, and compares them.
    Example: serving-benchmark --peer zakenak=http://localhost:8080 --key-file zakenak=.zakenak/dev-api-key --peer llama-server=http://localhost:8081
    """)
{
    peerOption, keyOption, secondKeyOption, modelOption, workloadOption, clientsOption, roundsOption, tokensOption, prefixOption, longOption, rateOption, secondsOption, insecureOption, outOption,
};
command.SetAction(async (parsed, cancellation) =>
{
    var clients = parsed.GetValue(clientsOption);
    var tokens = parsed.GetValue(tokensOption);
    IWorkload[] known =
    [
        new DistinctPrompts("single", 1, 4, tokens),
        new DistinctPrompts("distinct", clients, 1, tokens),
        new SharedPrefix(clients, parsed.GetValue(prefixOption), 16),
        new LongArrives(Math.Max(1, clients / 2), parsed.GetValue(longOption), 400),
        new Flood(64, tokens),
        new MixedLengths(clients, 2, tokens),
        new ChatHistory(Math.Max(1, clients / 2), 4, 32),
        new OpenLoop(parsed.GetValue(rateOption), parsed.GetValue(secondsOption), tokens),
    ];
    var names = parsed.GetValue(workloadOption) is { Length: > 0 } asked ? asked : [.. known.Select(w => w.Name).Where(n => n != "open-loop")];
    if (names.FirstOrDefault(n => known.All(w => w.Name != n)) is { } unknown)
    {
        Console.Error.WriteLine($"There is no workload '{unknown}'. There are: {string.Join(", ", known.Select(w => w.Name))}.");
        return 2;
    }

    var keys = NamedValues.Of(parsed.GetValue(keyOption));
    var secondKeys = NamedValues.Of(parsed.GetValue(secondKeyOption));
    var models = NamedValues.Of(parsed.GetValue(modelOption));
    using var client = new ChatClient(parsed.GetValue(insecureOption));
    var peers = new List<Peer>();
    try
    {
        foreach (var (name, url) in NamedValues.Of(parsed.GetValue(peerOption)))
        {
            var address = new Uri(url);
            var key = keys.TryGetValue(name, out var file) ? (await File.ReadAllTextAsync(file, cancellation)).Trim() : null;
            var second = secondKeys.TryGetValue(name, out var other) ? (await File.ReadAllTextAsync(other, cancellation)).Trim() : null;
            var model = models.GetValueOrDefault(name) ?? await client.FirstModelAsync(address, key);
            peers.Add(await Session.CalibrateAsync(client, new Peer(name, address, key, second, model), cancellation));
        }
    }
    catch (Exception e) when (e is HttpRequestException or InvalidOperationException or UriFormatException or IOException or FormatException)
    {
        Console.Error.WriteLine(e.Message);
        return 1;
    }

    var session = new Session(client, peers, parsed.GetValue(roundsOption), Console.Error);
    var results = new List<WorkloadResult>();
    foreach (var name in names)
        results.Add(await session.RunAsync(known.First(w => w.Name == name), cancellation));

    var report = new RunReport(DateTimeOffset.UtcNow, RunReport.ThisMachine, RunReport.CommandLine(args), parsed.GetValue(roundsOption), results);
    Console.WriteLine(report.ToMarkdown());
    if (parsed.GetValue(outOption) is { } path)
    {
        await File.WriteAllTextAsync(path + ".json", report.ToJson(), cancellation);
        await File.WriteAllTextAsync(path + ".svg", BarChart.Draw(report), cancellation);
        await File.WriteAllTextAsync(path + ".md", report.ToMarkdown(), cancellation);
    }

    return results.SelectMany(r => r.Peers).Any(p => p.Errors.Count > 0) ? 4 : 0;
});
return await command.Parse(args).InvokeAsync();
