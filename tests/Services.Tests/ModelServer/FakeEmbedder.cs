using Zakenak.Engine;

namespace Zakenak.Services.Tests.ModelServer;

/// <summary>A vector that tells which text it is of: its first token and its length, before they are brought to length 1.</summary>
internal sealed class FakeEmbedder(int maxTokens, Action? before) : IEmbedder
{
    private int _inside;

    public int MaxTokens => maxTokens;

    public bool Disposed { get; private set; }

    public DecodeStatus Embed(ReadOnlySpan<int> tokens, Span<float> vector, CancellationToken cancellationToken)
    {
        Assert.Equal(1, Interlocked.Increment(ref _inside));
        Assert.False(Disposed);
        Assert.InRange(tokens.Length, 1, maxTokens);
        before?.Invoke();
        cancellationToken.ThrowIfCancellationRequested();
        Of(tokens).CopyTo(vector);
        Interlocked.Decrement(ref _inside);
        return DecodeStatus.Done;
    }

    public static float[] Of(ReadOnlySpan<int> tokens)
    {
        var length = MathF.Sqrt((tokens[0] * tokens[0]) + (tokens.Length * tokens.Length));
        return [tokens[0] / length, -tokens.Length / length];
    }

    public void Dispose() => Disposed = true;
}
