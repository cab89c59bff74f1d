using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Engine;
using Zakenak.ModelServer.Batching;

namespace Zakenak.Benchmarks.Batching;

/// <summary>
/// Answers with and without guesses, in turns on one model: how fast, how many guesses were right, and how many answers differ. They differ
/// where two tokens are as good as equal and the shape of the batch decides; how often other answers in the batch do that is measured too.
/// </summary>
internal static class Speculation
{
    private const int AnswerTokens = 120;
    private const int Rounds = 2;

    private static readonly (string Name, SamplerOptions Sampling)[] s_texts =
    [
        ("repeats itself", new SamplerOptions(0, 1, 1) { FrequencyPenalty = -2 }),
        ("greedy", new SamplerOptions(0, 1, 1)),
        ("temperature 0.8", new SamplerOptions(0.8f, 0.95f, 1) { TopK = 40 }),
    ];

    public static async IAsyncEnumerable<string> SpeedAsync(string model)
    {
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var backend = Bench.Load(model);
        var prompt = RepeatingPrompt(backend);
        foreach (var (name, sampling) in s_texts)
        {
            foreach (var streams in new[] { 1, 4, 16 })
            {
                var (plain, guessing) = (new Run(0), new Run(8));
                for (var round = 0; round < Rounds; round++)
                {
                    foreach (var run in new[] { plain, guessing })
                    {
                        run.Answer(services, backend, [.. Enumerable.Range(0, streams).Select(i => (prompt, sampling with { Seed = (uint)i }))]);
                    }
                }

                yield return string.Create(CultureInfo.InvariantCulture, $"{name}, {streams} streams: {plain.Rate:F0} tokens/s without, {guessing.Rate:F0} with, ratio {guessing.Rate / plain.Rate:F2}; of {guessing.Drafted} guessed tokens {guessing.Accepted} were right");
                await Task.Yield();
            }
        }
    }

    public static async IAsyncEnumerable<string> DifferencesAsync(string model)
    {
        const int Answers = 40;
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var backend = Bench.Load(model);
        var prompt = RepeatingPrompt(backend);
        foreach (var (name, sampling) in s_texts)
        {
            var asked = Enumerable.Range(0, Answers).Select(i => (Prompt: (int[])[.. prompt, i + 1], Sampling: sampling with { Seed = (uint)i })).ToList();
            var alone = asked.Select(one => new Run(0).Answer(services, backend, [one])[0]).ToList();
            var guessing = new Run(8);
            var guessed = asked.Select(one => guessing.Answer(services, backend, [one])[0]).ToList();
            var together = asked.Chunk(4).SelectMany(four => new Run(0).Answer(services, backend, four)).ToList();
            yield return string.Create(CultureInfo.InvariantCulture, $"{name}: of {Answers} answers of {AnswerTokens} tokens {Differing(alone, guessed)} differ with guesses ({guessing.Drafted} tokens, {guessing.Accepted} right), {Differing(alone, together)} in batches with three others and no guesses");
            await Task.Yield();
        }
    }

    /// <summary>The logits of sixteen positions, decoded one by one and several at a time.</summary>
    public static async IAsyncEnumerable<string> ShapesAsync(string model)
    {
        const int Positions = 16;
        using var backend = Bench.Load(model);
        var prompt = RepeatingPrompt(backend);
        using var sampler = backend.CreateSampler(new SamplerOptions(0, 1, 1) { TopLogprobs = backend.Model.VocabularySize });
        List<float[]> alone = [];
        foreach (var length in new[] { 1, 2, 3, 4, 8, 16 })
        {
            backend.Decode([.. prompt.Select((token, position) => new BatchToken(token, position, 0, false))]);
            var found = new List<float[]>();
            while (found.Count < Positions)
            {
                var from = found.Count;
                backend.Decode([.. Enumerable.Range(from, Math.Min(length, Positions - from)).Select(i => new BatchToken(7 + i, prompt.Length + i, 0, true))]);
                for (var i = 0; i < Math.Min(length, Positions - from); i++)
                {
                    backend.Sample(sampler, i);
                    found.Add([.. sampler.Logprobs!.Top.OrderBy(top => top.Token).Select(top => top.Logprob)]);
                }
            }

            backend.RemoveCells(0, 0, -1);
            alone = length == 1 ? found : alone;
            var same = alone.Zip(found).Count(pair => pair.First.SequenceEqual(pair.Second));
            var apart = alone.Zip(found).Max(pair => pair.First.Zip(pair.Second).Max(two => Math.Abs(two.First - two.Second)));
            yield return string.Create(CultureInfo.InvariantCulture, $"{length} at a time: {same} of {Positions} bit by bit the same as one by one; log probabilities differ by up to {apart:E1}");
            await Task.Yield();
        }
    }

    private static int Differing(List<int[]> ours, List<int[]> others) => ours.Zip(others).Count(pair => !pair.First.SequenceEqual(pair.Second));

    private static int[] RepeatingPrompt(ILlamaBackend backend)
    {
        var line = backend.Tokenize("The request is verified before it is parsed. ", parseSpecial: false);
        return [.. Enumerable.Repeat(line, 4).SelectMany(tokens => tokens)];
    }

    /// <summary>Answers of one kind, with their sum.</summary>
    private sealed class Run(int draftTokens)
    {
        private readonly CpuClock _clock = new();
        private double _seconds;
        private int _tokens;

        public double Rate => _tokens / _seconds;

        public long Drafted { get; private set; }

        public long Accepted { get; private set; }

        public List<int[]> Answer(IServiceProvider services, ILlamaBackend backend, IReadOnlyList<(int[] Prompt, SamplerOptions Sampling)> asked)
        {
            var limits = new SchedulerLimits(backend.ContextTokens, backend.BatchTokens, 24, backend.MaxSequences, 24) { DraftTokens = draftTokens, KeepsPrefixes = false };
            var pacer = new StepPacer(80, 512);
            var scheduler = new Scheduler(limits, pacer);
            var stepper = new Stepper(backend, scheduler, pacer, new BatchingMetrics(services.GetRequiredService<IMeterFactory>()), _clock);
            var sequences = asked.Select(one => new Sequence(one.Prompt, AnswerTokens, one.Sampling)).ToList();
            sequences.ForEach(scheduler.Enqueue);

            // Only steps of answers are timed: prompts are decoded in the same way with and without guesses.
            while (sequences.Exists(sequence => sequence.State is SequenceState.Waiting or SequenceState.Prefill))
            {
                stepper.Step();
            }

            var (started, before) = (_clock.GetTimestamp(), sequences.Sum(sequence => sequence.AnswerTokens));
            while (sequences.Exists(sequence => sequence.End is null))
            {
                stepper.Step();
            }

            _seconds += _clock.GetElapsedTime(started).TotalSeconds;
            _tokens += sequences.Sum(sequence => sequence.AnswerTokens) - before;
            scheduler.Ended.ForEach(sequence => sequence.Sampler?.Dispose());
            (Drafted, Accepted) = (Drafted + scheduler.DraftedTokens, Accepted + scheduler.AcceptedTokens);
            return [.. sequences.Select(Drain)];
        }

        private static int[] Drain(Sequence sequence)
        {
            var tokens = new List<int>();
            while (sequence.Tokens.TryRead(out var token))
            {
                tokens.Add(token);
            }

            return [.. tokens];
        }
    }
}
