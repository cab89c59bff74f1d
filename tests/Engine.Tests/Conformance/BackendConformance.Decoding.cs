
namespace Zakenak.Engine.Tests.Conformance;

public abstract partial class BackendConformance
{
    private static readonly string[] Prompts = ["Hello", "The quick brown fox", "x", "Der Prozess beginnt am Morgen", "12345"];

    [Fact]
    public void Sequences_decoded_together_get_the_tokens_they_get_alone()
    {
        using var backend = Load();
        var alone = Prompts.Select(prompt => Generation.Continue(backend, prompt, 24)).ToArray();

        Assert.Equal(alone, ContinueTogether(backend, 24));
        Assert.Equal(Prompts.Length, alone.Select(tokens => string.Join(' ', tokens)).Distinct().Count());
    }

    [Fact]
    public void Two_compute_threads_get_the_tokens_that_one_gets()
    {
        using var one = Load();
        using var two = Load(new EngineOptions { Threads = 2, ContextTokens = 256 });

        Assert.Equal(Generation.Continue(one, "Hello", 8), Generation.Continue(two, "Hello", 8));
    }

    [Fact]
    public void A_prefix_that_is_shared_gives_the_same_tokens_and_logits_as_one_decoded_again()
    {
        using var backend = Load();
        var prefix = backend.Tokenize("You are a helpful assistant. ", parseSpecial: false);
        int[] first = [.. prefix, .. backend.Tokenize("What is a lock?", parseSpecial: false)];
        int[] second = [.. prefix, .. backend.Tokenize("Where am I?", parseSpecial: false)];
        var expected = Generation.Continue(backend, second, 16, sequence: 3);
        var expectedLogprobs = Generation.Logprobs(backend, second, sequence: 4);

        Generation.Continue(backend, first, 16, sequence: 0);
        backend.CopyCells(0, 1, 0, prefix.Length);
        backend.CopyCells(0, 2, 0, prefix.Length);

        Assert.Equal(expected, Generation.Continue(backend, second, 16, sequence: 1, shared: prefix.Length));
        var shared = Generation.Logprobs(backend, second, sequence: 2, shared: prefix.Length);
        Assert.All(expectedLogprobs.Zip(shared), pair => Assert.Equal(pair.First, pair.Second, 1e-3));
    }

    [Fact]
    public void A_sequence_that_is_cut_off_gives_its_cells_back_and_the_others_go_on()
    {
        using var backend = Load(contextTokens: 256, batchTokens: 256);
        var prompt = backend.Tokenize("Once upon a time", parseSpecial: false);
        var expected = Generation.Continue(backend, prompt, 8);
        backend.RemoveCells(0, prompt.Length - 1, -1);
        var rest = 256 - prompt.Length;

        Assert.Equal(DecodeStatus.Done, backend.Decode(Generation.Batch(1, new int[rest])));
        Assert.Equal(DecodeStatus.OutOfCells, backend.Decode(Generation.Batch(2, new int[rest])));
        backend.RemoveCells(1, 0, -1);

        Assert.Equal(expected, Generation.Continue(backend, prompt, 8, shared: prompt.Length - 1));
        Assert.Equal(DecodeStatus.Done, backend.Decode(Generation.Batch(2, new int[rest - 8])));
    }

    [Fact]
    public void A_copy_outlives_its_source()
    {
        using var backend = Load();
        var prompt = backend.Tokenize("Once upon a time", parseSpecial: false);
        var expected = Generation.Continue(backend, prompt, 8);
        backend.CopyCells(0, 1, 0, prompt.Length - 1);
        backend.RemoveCells(0, 0, -1);

        Assert.Equal(expected, Generation.Continue(backend, prompt, 8, sequence: 1, shared: prompt.Length - 1));
    }

    [Fact]
    public void A_sequence_can_be_taken_back_to_any_position()
    {
        using var backend = Load();
        var prompt = backend.Tokenize("Once upon a time", parseSpecial: false);
        var expected = Generation.Continue(backend, prompt, 8);

        backend.RemoveCells(0, 5, -1);

        Assert.Equal(expected, Generation.Continue(backend, prompt, 8, shared: 5));
    }

    [Fact]
    public void Guessed_tokens_are_checked_in_one_batch_and_the_wrong_ones_taken_back()
    {
        using var backend = Load();
        var prompt = backend.Tokenize("Once upon a time", parseSpecial: false);
        var expected = Generation.Continue(backend, prompt, 8);
        backend.RemoveCells(0, prompt.Length, -1);
        int[] guess = [.. expected[..4], (expected[4] + 1) % 250, 7];

        Assert.Equal(DecodeStatus.Done, backend.Decode([.. guess.Select((token, i) => new BatchToken(token, prompt.Length + i, 0, Logits: true))]));
        using var sampler = backend.CreateSampler(Generation.Greedily);
        Assert.Equal(expected[1..5], Enumerable.Range(0, 4).Select(i => backend.Sample(sampler, i)));
        backend.RemoveCells(0, prompt.Length + 4, -1);

        Assert.Equal(expected[5..], Generation.Continue(backend, [.. prompt, .. expected[..5]], 3, shared: prompt.Length + 4));
    }

    [Fact]
    public void Too_few_cells_are_reported_and_what_was_there_goes_on()
    {
        using var backend = Load(contextTokens: 256, batchTokens: 256);
        var prompt = backend.Tokenize(new string('a', 200), parseSpecial: false);
        var expected = Generation.Continue(backend, prompt, 8);
        backend.RemoveCells(0, prompt.Length, -1);

        Assert.Equal(DecodeStatus.OutOfCells, backend.Decode(Generation.Batch(1, new int[100])));
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.Sample(backend.CreateSampler(Generation.Greedily), 99));

        backend.RemoveCells(0, prompt.Length - 1, -1);
        Assert.Equal(expected, Generation.Continue(backend, prompt, 8, shared: prompt.Length - 1));
        backend.RemoveCells(0, 0, -1);
        Assert.Equal(DecodeStatus.Done, backend.Decode(Generation.Batch(1, new int[100])));
    }

    [Fact]
    public void Cells_shared_by_sequences_count_once()
    {
        using var backend = Load(contextTokens: 256, maxSequences: 8, batchTokens: 256);
        Assert.Equal(DecodeStatus.Done, backend.Decode(Generation.Batch(0, new int[200])));

        for (var sequence = 1; sequence < 8; sequence++)
        {
            backend.CopyCells(0, sequence, 0, -1);
            Assert.Equal(DecodeStatus.Done, backend.Decode([new BatchToken(1, 200, sequence, true)]));
        }
    }

    [Fact]
    public void A_batch_that_llama_cpp_would_abort_on_is_refused()
    {
        using var backend = Load(maxSequences: 4, batchTokens: 64);
        Assert.Equal(DecodeStatus.Done, backend.Decode(Generation.Batch(0, [1, 2, 3])));

        Assert.Throws<ArgumentException>(() => backend.Decode([]));
        Assert.Throws<ArgumentException>(() => backend.Decode(Generation.Batch(1, new int[65])));
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.Decode([new BatchToken(-1, 3, 0, true)]));
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.Decode([new BatchToken(259, 3, 0, true)]));
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.Decode([new BatchToken(1, 0, -1, true)]));
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.Decode([new BatchToken(1, 0, 4, true)]));
        Assert.Throws<ArgumentException>(() => backend.Decode([new BatchToken(1, 2, 0, true)]));
        Assert.Throws<ArgumentException>(() => backend.Decode([new BatchToken(1, 4, 0, true)]));
        Assert.Throws<ArgumentException>(() => backend.Decode([new BatchToken(1, -1, 1, true)]));
        Assert.Throws<ArgumentException>(() => backend.Decode([new BatchToken(1, 3, 0, true), new BatchToken(1, 3, 0, true)]));

        Assert.Equal(DecodeStatus.Done, backend.Decode([new BatchToken(1, 3, 0, true)]));
    }

    [Fact]
    public void Cells_that_are_not_there_are_not_copied()
    {
        using var backend = Load(maxSequences: 4);
        Assert.Equal(DecodeStatus.Done, backend.Decode([.. Generation.Batch(0, [1, 2, 3]), .. Generation.Batch(1, [1, 2])]));

        Assert.Throws<ArgumentOutOfRangeException>(() => backend.CopyCells(0, 2, 0, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.CopyCells(3, 2, 0, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.CopyCells(0, 4, 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.CopyCells(-1, 2, 0, 1));
        Assert.Throws<ArgumentException>(() => backend.CopyCells(0, 0, 0, 1));
        Assert.Throws<ArgumentException>(() => backend.CopyCells(0, 1, 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.RemoveCells(4, 0, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.RemoveCells(0, -1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.RemoveCells(0, 2, 1));

        backend.CopyCells(0, 1, 2, 3);
        backend.RemoveCells(2, 0, -1);
    }

    private static int[][] ContinueTogether(ILlamaBackend backend, int count)
    {
        var prompts = Prompts.Select(prompt => backend.Tokenize(prompt, parseSpecial: false)).ToArray();
        var samplers = prompts.Select(_ => backend.CreateSampler(Generation.Greedily)).ToArray();
        var results = prompts.Select(_ => new int[count]).ToArray();

        // Prompts one after the other in one batch, then one token of each sequence per step.
        var batch = prompts.SelectMany((prompt, sequence) => Generation.Batch(sequence, prompt)).ToArray();
        for (var step = 0; step < count; step++)
        {
            Assert.Equal(DecodeStatus.Done, backend.Decode(batch));
            var index = 0;
            for (var i = 0; i < batch.Length; i++)
            {
                if (batch[i].Logits)
                    results[index][step] = backend.Sample(samplers[index++], i);
            }

            batch = [.. prompts.Select((prompt, sequence) => new BatchToken(results[sequence][step], prompt.Length + step, sequence, Logits: true))];
        }

        foreach (var sampler in samplers)
            sampler.Dispose();
        return results;
    }
}
