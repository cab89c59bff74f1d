using System.Threading.Channels;
using Zakenak.Engine;

namespace Zakenak.ModelServer.Batching;

/// <summary>
/// One answer being made: a prompt, a bound, where the scheduler has it, and the channel by which its tokens reach whoever asked. The
/// state belongs to the engine thread; others read <see cref="Tokens"/> and, once that is completed, <see cref="End"/>.
/// </summary>
public sealed class Sequence(int[] prompt, int maxTokens, SamplerOptions sampling)
{
    // Unbounded only in name: MaxTokens bounds it, and a slow reader must never hold up the others' step. Continuations are queued to the
    // pool, so that no HTTP code ever runs on the engine thread.
    private readonly Channel<int> _tokens = Channel.CreateUnbounded<int>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    /// <summary>Tokens of the prompt; never empty.</summary>
    public ReadOnlyMemory<int> Prompt { get; } = prompt;

    /// <summary>Most tokens of the answer; at least 1.</summary>
    public int MaxTokens { get; } = maxTokens;

    /// <summary>How each next token is chosen.</summary>
    public SamplerOptions Sampling { get; } = sampling;

    /// <summary>KV cells set aside while it runs, so that a decode never finds the cache full.</summary>
    public int ReservedCells => Prompt.Length + MaxTokens;

    /// <summary>Tokens of the answer as they are made; completed when the sequence ends.</summary>
    public ChannelReader<int> Tokens => _tokens.Reader;

    /// <summary>Where it is.</summary>
    public SequenceState State { get; internal set; }

    /// <summary>Why it ended; null until then.</summary>
    public FinishReason? End { get; private set; }

    /// <summary>Sequence id at the backend while it runs; -1 otherwise.</summary>
    public int Slot { get; internal set; } = -1;

    /// <summary>KV cells in use: the position of its next token.</summary>
    public int UsedCells { get; internal set; }

    /// <summary>Tokens in the batch of the present step.</summary>
    internal int BatchedTokens { get; set; }

    /// <summary>Index of its logits in the present batch; -1 where there are none yet.</summary>
    public int LogitsIndex { get; internal set; } = -1;

    /// <summary>Tokens of the answer so far.</summary>
    public int AnswerTokens { get; private set; }

    /// <summary>The last token of the answer, not decoded yet.</summary>
    internal int LastToken { get; private set; }

    internal void Add(int token)
    {
        LastToken = token;
        AnswerTokens++;
        _tokens.Writer.TryWrite(token);
    }

    internal void Complete(FinishReason reason)
    {
        State = SequenceState.Ended;
        End = reason;
        _tokens.Writer.TryComplete();
    }
}
