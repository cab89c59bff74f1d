namespace Zakenak.Engine.Tests;

/// <summary>Drives a backend the way a scheduler does, as far as tests need it.</summary>
internal static class Generation
{
    public static SamplerOptions Greedily { get; } = new(Temperature: 0, TopP: 1, Seed: 0);

    /// <summary>A batch of one sequence from <paramref name="position"/> on; its last token has logits.</summary>
    public static BatchToken[] Batch(int sequence, ReadOnlySpan<int> tokens, int position = 0)
    {
        var batch = new BatchToken[tokens.Length];
        for (var i = 0; i < tokens.Length; i++)
            batch[i] = new BatchToken(tokens[i], position + i, sequence, Logits: i == tokens.Length - 1);
        return batch;
    }

    /// <summary>Continuation of a prompt whose first <paramref name="shared"/> tokens already have cells in the sequence.</summary>
    public static int[] Continue(ILlamaBackend backend, int[] prompt, int count, SamplerOptions? options = null, int sequence = 0, int shared = 0)
    {
        using var sampler = backend.CreateSampler(options ?? Greedily);
        Assert.Equal(DecodeStatus.Done, backend.Decode(Batch(sequence, prompt.AsSpan(shared), shared)));
        var result = new int[count];
        result[0] = backend.Sample(sampler, prompt.Length - shared - 1);
        for (var i = 1; i < count; i++)
        {
            Assert.Equal(DecodeStatus.Done, backend.Decode([new BatchToken(result[i - 1], prompt.Length + i - 1, sequence, Logits: true)]));
            result[i] = backend.Sample(sampler, 0);
        }

        return result;
    }

    /// <summary>What the model thinks of every token as the next one after a prompt, by token.</summary>
    public static IReadOnlyList<double> Logprobs(ILlamaBackend backend, int[] prompt, int sequence, int shared = 0)
    {
        using var sampler = backend.CreateSampler(Greedily with { TopLogprobs = backend.Model.VocabularySize });
        Assert.Equal(DecodeStatus.Done, backend.Decode(Batch(sequence, prompt.AsSpan(shared), shared)));
        backend.Sample(sampler, prompt.Length - shared - 1);
        return [.. sampler.Logprobs!.Top.OrderBy(top => top.Token).Select(top => (double)top.Logprob)];
    }

    /// <summary>The same for text, in cells that are freed afterwards.</summary>
    public static int[] Continue(ILlamaBackend backend, string prompt, int count, SamplerOptions? options = null)
    {
        var result = Continue(backend, backend.Tokenize(prompt, parseSpecial: false), count, options);
        backend.RemoveCells(0, 0, -1);
        return result;
    }

    public static string Text(ILlamaBackend backend, ReadOnlySpan<int> tokens)
    {
        var bytes = new List<byte>();
        Span<byte> piece = stackalloc byte[64];
        foreach (var token in tokens)
            bytes.AddRange(piece[..backend.TokenToPiece(token, piece)]);
        return System.Text.Encoding.UTF8.GetString([.. bytes]);
    }
}
