using System.Numerics;
using System.Runtime.InteropServices;
using Zakenak.Engine.Tokens;

namespace Zakenak.Engine.Sampling;

/// <summary>
/// Picks tokens where a native chain alone doesn't do: by a grammar, or with a report of probabilities. As llama.cpp's own server does,
/// the token is chosen first and the grammar asked about that one; only if it says no are all others asked, for that is what costs.
/// </summary>
internal sealed class Candidates(Vocabulary vocabulary)
{
    private readonly Candidate[] _all = new Candidate[vocabulary.Size];

    /// <summary>The next token by the logits of a context; the sampler has been told of it.</summary>
    public int Sample(Sampler sampler, ReadOnlySpan<float> logits)
    {
        var token = Choose(sampler, logits) ?? vocabulary.AnyEndOfGeneration;
        sampler.Chain.Accept(token);
        if (sampler.TopLogprobs is { } top)
            sampler.Logprobs = Report(logits, token, top);
        return token;
    }

    /// <summary>Null where the grammar leaves nothing that this vocabulary could say.</summary>
    private int? Choose(Sampler sampler, ReadOnlySpan<float> logits)
    {
        for (var token = 0; token < logits.Length; token++)
            _all[token] = new Candidate { Token = token, Logit = logits[token] };
        var chosen = sampler.Chain.Apply(_all.AsSpan(0, logits.Length));
        if (sampler.Grammar is not { } grammar || grammar.TryAccept(chosen))
            return chosen;

        while (true)
        {
            var count = grammar.Fill(_all, logits);
            if (count == 0)
                return null;
            chosen = sampler.Chain.Apply(_all.AsSpan(0, count));
            if (grammar.TryAccept(chosen))
                return chosen;
        }
    }

    private static TokenLogprobs Report(ReadOnlySpan<float> logits, int token, int count)
    {
        var norm = LogOfSum(logits);

        // The least of the best is on top, to be replaced first.
        var best = new PriorityQueue<int, float>(count + 1);
        var least = float.NegativeInfinity;
        for (var i = 0; i < logits.Length && count > 0; i++)
        {
            if (best.Count < count)
                best.Enqueue(i, logits[i]);
            else if (logits[i] > least)
                best.EnqueueDequeue(i, logits[i]);
            else
                continue;
            best.TryPeek(out _, out least);
        }

        var top = new (int Token, float Logprob)[best.Count];
        for (var i = top.Length - 1; i >= 0; i--)
        {
            best.TryDequeue(out var likely, out var logit);
            top[i] = (likely, logit - norm);
        }

        return new TokenLogprobs(token, logits[token] - norm, top);
    }

    /// <summary>The logarithm of the sum of all exponentials, several at a time: a vocabulary is long.</summary>
    private static float LogOfSum(ReadOnlySpan<float> logits)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(logits);
        var rest = logits[(vectors.Length * Vector<float>.Count)..];
        var (greatest, max) = (new Vector<float>(float.NegativeInfinity), float.NegativeInfinity);
        foreach (var vector in vectors)
            greatest = Vector.Max(greatest, vector);
        for (var i = 0; i < Vector<float>.Count; i++)
            max = Math.Max(max, greatest[i]);
        foreach (var logit in rest)
            max = Math.Max(max, logit);

        var sums = Vector<double>.Zero;
        foreach (var vector in vectors)
        {
            Vector.Widen(Vector.Exp(vector - new Vector<float>(max)), out var low, out var high);
            sums += low + high;
        }

        var sum = Vector.Sum(sums);
        foreach (var logit in rest)
            sum += Math.Exp(logit - max);
        return max + (float)Math.Log(sum);
    }
}
