using Zakenak.Engine;

namespace Zakenak.Services.Tests.ModelServer.Batching;

/// <summary>
/// A backend whose next token is a function of every token before it in the cells and of all that the sampler has ever done: one cell that
/// holds the wrong token, one choice too many or by the wrong logits, and the answer is another. It likes to repeat what it finds before.
/// </summary>
internal sealed class EchoBackend(int cells) : ILlamaBackend
{
    public const int End = 7;

    private readonly FakeCells _cells = new(cells, 16);
    private BatchToken[] _last = [];

    public ModelInfo Model { get; } = new("echo", 1, 8, 4096, null);

    public int ContextTokens => cells;

    public int BatchTokens => 64;

    public int MaxSequences => 16;

    public int UsedCells => _cells.Used;

    public int[] Tokenize(string text, bool parseSpecial) => throw new NotSupportedException();

    public int TokenToPiece(int token, Span<byte> destination) => throw new NotSupportedException();

    public bool AcceptsGrammar(string gbnf) => throw new NotSupportedException();

    public bool IsEndOfGeneration(int token) => token == End;

    public DecodeStatus Decode(ReadOnlySpan<BatchToken> batch)
    {
        foreach (var token in batch)
        {
            _cells.Write(token.Sequence, token.Position, token.Token);
        }

        _last = batch.ToArray();
        return DecodeStatus.Done;
    }

    public ISampler CreateSampler(SamplerOptions options) => new Sampler(options);

    public int Sample(ISampler sampler, int batchIndex)
    {
        var at = _last[batchIndex];
        Assert.True(at.Logits);
        var before = _cells.Of(at.Sequence).Take(at.Position + 1).Select(cell => cell.Token).ToArray();
        return ((Sampler)sampler).Choose(before);
    }

    public void RemoveCells(int sequence, int from, int to) => _cells.Remove(sequence, from, to);

    public void CopyCells(int source, int destination, int from, int to) => _cells.Copy(source, destination, from, to);

    public void Dispose()
    {
    }

    /// <summary>Stands for a seed, penalties, a grammar: whatever remembers what was chosen, and how often it chose.</summary>
    private sealed class Sampler(SamplerOptions options) : ISampler
    {
        private uint _state = options.Seed;

        public TokenLogprobs? Logprobs { get; private set; }

        public int Choose(int[] before)
        {
            var random = Mix(_state, before);
            var token = random % 64 == 0 ? End
                : random % 8 < 7 && Echo(before) is { } echo ? echo
                : (int)(random / 64 % End);
            _state = Mix(random, [token]);
            Logprobs = options.TopLogprobs is null ? null : new TokenLogprobs(token, -random, []);
            return token;
        }

        public void Dispose()
        {
        }

        /// <summary>What followed the last two tokens when they stood there before.</summary>
        private static int? Echo(int[] before)
        {
            for (var i = before.Length - 2; i >= 1; i--)
            {
                if (before[i] == before[^1] && before[i - 1] == before[^2])
                {
                    return before[i + 1];
                }
            }

            return null;
        }

        private static uint Mix(uint state, int[] tokens)
        {
            var hash = state ^ 2166136261;
            foreach (var token in tokens)
            {
                hash = (hash ^ (uint)token) * 16777619;
            }

            return hash ^ (hash >> 15);
        }
    }
}
