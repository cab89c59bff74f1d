using System.Diagnostics;
using System.Globalization;
using Zakenak.Benchmarks.Sampling;
using Zakenak.Engine;
using Zakenak.RandomModel;

// sampling-benchmark [VOCABULARY]: µs for choosing a token, by our sampler and by llama.cpp's own chain, in turns on the same logits.
const int Rounds = 60;
const int Tokens = 20;

var vocabulary = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 32_000;
var path = Path.Combine(Path.GetTempPath(), $"sampling-{Environment.ProcessId}.gguf");
try
{
    RandomModelGenerator.Write(path, ModelShape.Tiny with { Vocabulary = vocabulary });
    Measure(path);
}
finally
{
    File.Delete(path);
}

static void Measure(string path)
{
    var usual = new SamplerOptions(0.8f, 0.95f, 1) { TopK = 40, MinP = 0.05f };
    (string Name, SamplerOptions Options)[] settings =
    [
        ("greedy", new SamplerOptions(0, 1, 1)),
        ("temperature 1", new SamplerOptions(1, 1, 1)),
        ("temperature 0.8, top_k 40, top_p 0.95, min_p 0.05", usual),
        ("the same and penalties", usual with { RepetitionPenalty = 1.1f, FrequencyPenalty = 0.1f }),
        ("the same as the third and a grammar", usual with { Grammar = new GrammarConstraint("root ::= [a-z ]*") }),
        ("the same as the third and 5 probabilities (the peer has none)", usual with { TopLogprobs = 5 }),
    ];
    var options = new EngineOptions { Threads = 1, ContextTokens = 64, MaxSequences = 1, BatchTokens = 64 };
    using var ours = ModelBackend.Load(options, path);
    ours.Decode([new BatchToken(1, 0, 0, Logits: true)]);
    using var theirs = new Peer(path, options);
    Console.WriteLine($"vocabulary {ours.Model.VocabularySize}, median of {Rounds} rounds");
    foreach (var (name, setting) in settings)
    {
        using var sampler = ours.CreateSampler(setting);
        using var chain = theirs.Chain(setting, ours.Model.VocabularySize);
        var (mine, peers) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            mine.Add(Time(() => ours.Sample(sampler, 0)));
            peers.Add(Time(() => theirs.Sample(chain)));
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"- {name}: {Median(mine):F1} us, llama.cpp {Median(peers):F1} us, ratio {Median(mine) / Median(peers):F2}"));
    }
}

static double Time(Action sample)
{
    var started = Stopwatch.GetTimestamp();
    for (var i = 0; i < Tokens; i++)
    {
        sample();
    }

    return Stopwatch.GetElapsedTime(started).TotalMicroseconds / Tokens;
}

static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
