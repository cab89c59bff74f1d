namespace Zakenak.Engine.Tests;

/// <summary>Drives a backend the way a scheduler does, as far as tests need it.</summary>
internal static class Generation
{
    /// <summary>Decodes a whole sequence of tokens; the last one has logits.</summary>
    public static void Prefill(ILlamaBackend backend, int sequence, ReadOnlySpan<int> tokens, int position = 0)
    {
        var batch = new BatchToken[tokens.Length];
        for (var i = 0; i < tokens.Length; i++)
            batch[i] = new BatchToken(tokens[i], position + i, sequence, Logits: i == tokens.Length - 1);
        Assert.Equal(DecodeStatus.Done, backend.Decode(batch));
    }

    /// <summary>The next tokens of one sequence that was just prefilled up to <paramref name="position"/>.</summary>
    public static int[] Continue(ILlamaBackend backend, ISampler sampler, int sequence, int position, int count)
    {
        var result = new int[count];
        var last = backend.Sample(sampler, LastIndex(position));
        for (var i = 0; ; i++)
        {
            result[i] = last;
            if (i + 1 == count)
                return result;
            Assert.Equal(DecodeStatus.Done, backend.Decode([new BatchToken(last, position + i, sequence, Logits: true)]));
            last = backend.Sample(sampler, 0);
        }

        static int LastIndex(int position) => position - 1;
    }

    /// <summary>Greedy continuation of a prompt in a sequence of its own, which is freed afterwards.</summary>
    public static int[] Greedy(ILlamaBackend backend, string prompt, int count, int sequence = 0)
    {
        var tokens = backend.Tokenize(prompt, parseSpecial: false);
        using var sampler = backend.CreateSampler(new SamplerOptions(0, 1, 0));
        Prefill(backend, sequence, tokens);
        var result = Continue(backend, sampler, sequence, tokens.Length, count);
        backend.RemoveCells(sequence, 0, -1);
        return result;
    }
}
