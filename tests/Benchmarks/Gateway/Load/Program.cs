using System.CommandLine;
using Zakenak.Benchmarks.GatewayLoad;
using Zakenak.Benchmarks.GatewayLoad.Measurements;
using Zakenak.Benchmarks.GatewayLoad.Setting;

if (args is [StreamBackend.Verb, .. var settings])
{
    await StreamBackend.RunAsync(settings);
    return 0;
}

var outOption = new Option<DirectoryInfo?>("--out") { Description = "Folder for gateway.md and, with --soak, gateway-soak.md; only to the terminal unless said." };
var roundsOption = new Option<int>("--rounds") { Description = "How often each measurement runs with each proxy.", DefaultValueFactory = _ => 3 };
var secondsOption = new Option<int>("--seconds") { Description = "How long each of them takes.", DefaultValueFactory = _ => 8 };
var streamsOption = new Option<int>("--streams") { Description = "Streams at the same time; 0 leaves them out.", DefaultValueFactory = _ => 1000 };
var soakOption = new Option<double>("--soak") { Description = "Minutes of mixed load, in place of everything else." };
var commitOption = new Option<string>("--commit") { Description = "What is measured.", DefaultValueFactory = _ => "unknown" };

var holdOption = new Option<bool>("--hold") { Description = "Start everything, say where it is, and wait to be interrupted: for profilers." };

var command = new RootCommand("Measures the gateway beside bare YARP and nginx, in turns within one run.")
{
    outOption, roundsOption, secondsOption, streamsOption, soakOption, commitOption, holdOption,
};
command.SetAction(async (parsed, cancellation) =>
{
    var folder = parsed.GetValue(outOption);
    folder?.Create();
    var facts = RunFacts.Of(parsed.GetValue(commitOption)!, args);
    await using var lab = await Lab.StartAsync(cancellation);
    if (parsed.GetValue(holdOption))
        return await HoldAsync(lab, cancellation);
    var (name, report) = parsed.GetValue(soakOption) is > 0 and var minutes
        ? ("gateway-soak.md", new SoakReport(facts, await Soak.RunAsync(lab, TimeSpan.FromMinutes(minutes), cancellation)).ToMarkdown())
        : ("gateway.md", await CompareAsync(lab, facts, parsed.GetValue(roundsOption), parsed.GetValue(secondsOption), parsed.GetValue(streamsOption), cancellation));
    Console.WriteLine(report.Text);
    if (folder is not null)
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, name), report.Text, cancellation);
    return report.Kept ? 0 : 1;
});
return await command.Parse(args).InvokeAsync();

static async Task<int> HoldAsync(Lab lab, CancellationToken cancellation)
{
    foreach (var proxy in new[] { lab.Gateway, lab.BareYarp, lab.Nginx })
        Console.WriteLine($"{proxy.Name}: {proxy.Url} process {proxy.Process.Id}");
    Console.WriteLine($"wrk -t 1 -c 32 -s {Path.Combine(AppContext.BaseDirectory, "wrk.lua")} {new Uri(lab.Gateway.Url, "/v1/chat/completions")} -- {lab.KeysFile} {lab.BodiesFile}");
    await Task.Delay(Timeout.Infinite, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    return 0;
}

static async Task<(string Text, bool Kept)> CompareAsync(Lab lab, RunFacts facts, int rounds, int seconds, int streams, CancellationToken cancellation)
{
    var requests = new Requests(lab, rounds, TimeSpan.FromSeconds(seconds));
    var busy = await requests.RunAsync(connections: 32, cancellation);
    var alone = await requests.RunAsync(connections: 1, cancellation);
    var events = streams > 0 ? await Streams.RunAsync(lab, streams, cancellation) : [];
    return new ComparisonReport(facts, rounds, seconds, streams, busy, alone, events).ToMarkdown();
}
