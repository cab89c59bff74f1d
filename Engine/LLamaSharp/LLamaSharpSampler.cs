using System.Globalization;
using System.Text;
using LLama.Native;
using Zakenak.Engine.Sampling;

namespace Zakenak.Engine.LLamaSharp;

/// <summary>A chain of llama.cpp's samplers by LLamaSharp; a grammar is a chain with nothing else in it.</summary>
internal sealed unsafe class LLamaSharpSampler : NativeSampler
{
    private LLamaSharpSampler() => Handle = SafeLLamaSamplerChainHandle.Create(new LLamaSamplerChainParams { NoPerf = true });

    public SafeLLamaSamplerChainHandle Handle { get; }

    public static LLamaSharpSampler NewChain() => new();

    /// <summary>False for what is no grammar; the chain is of no use then.</summary>
    public bool TryAddGrammar(SafeLlamaModelHandle model, string gbnf)
    {
        Handle.AddGrammar(model, Ascii(gbnf), "root");
        return LLamaSharpLibrary.IsMade(Handle, Handle.Count - 1);
    }

    public override void AddLogitBias(int vocabularySize, IReadOnlyDictionary<int, float> biases) =>
        Handle.AddLogitBias(vocabularySize, biases.Select(pair => new LLamaLogitBias { Token = pair.Key, Bias = pair.Value }).ToArray());

    public override void AddPenalties(int vocabularySize, int lastTokens, float repetition, float frequency, float presence) =>
        Handle.AddPenalties(lastTokens, repetition, frequency, presence);

    public override void AddTopK(int k) => Handle.AddTopK(k);

    public override void AddTopP(float p) => Handle.AddTopP(p, minKeep: 1);

    public override void AddMinP(float p) => Handle.AddMinP(p, minKeep: 1);

    public override void AddTemperature(float temperature) => Handle.AddTemperature(temperature);

    public override void AddGreedy() => Handle.AddGreedySampler();

    public override void AddDistribution(uint seed) => Handle.AddDistributionSampler(seed);

    public override int Apply(Span<Candidate> candidates)
    {
        fixed (Candidate* data = candidates)
        {
            using var memory = new CandidateMemory(data, candidates.Length);
            using var pin = LLamaTokenDataArrayNative.Create(new LLamaTokenDataArray(memory.Memory), out var array);
            array.Selected = -1;
            Handle.Apply(ref array);
            return array.Selected < 0 ? -1 : (int)array.Data[(int)array.Selected].ID;
        }
    }

    public override void Accept(int token) => Handle.Accept(token);

    public override NativeSampler Clone()
    {
        var copy = new LLamaSharpSampler();
        for (var i = 0; i < Handle.Count; i++)
            copy.Handle.AddClone(Handle, i);
        return copy;
    }

    public override void Dispose() => Handle.Dispose();

    // LLamaSharp hands strings over in the system's code page, which is not UTF-8 on Windows; GBNF can write any character in ASCII.
    private static string Ascii(string gbnf)
    {
        if (System.Text.Ascii.IsValid(gbnf))
            return gbnf;
        var ascii = new StringBuilder(gbnf.Length * 2);
        foreach (var rune in gbnf.EnumerateRunes())
            _ = rune.IsAscii ? ascii.Append((char)rune.Value) : ascii.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:X8}");
        return ascii.ToString();
    }
}
