using System.Collections.Concurrent;
using System.Threading.Channels;
using Zakenak.Engine;
using Zakenak.ModelServer.Batching.Cells;

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

    private ConcurrentQueue<TokenLogprobs>? _logprobs = sampling.TopLogprobs is null ? null : new();

    // Prompt and answer. Kept because a sequence that is put back is decoded again, and because others may share what it wrote. The
    // prompt's array is never written to: the answers to one request have it in common.
    private int[] _known = prompt;

    /// <summary>Tokens of the prompt; never empty.</summary>
    public ReadOnlyMemory<int> Prompt { get; } = prompt;

    /// <summary>Most tokens of the answer; at least 1.</summary>
    public int MaxTokens { get; } = maxTokens;

    /// <summary>How each next token is chosen.</summary>
    public SamplerOptions Sampling { get; } = sampling;

    /// <summary>Whose it is: tenants share the engine by equal parts.</summary>
    public string Tenant { get; init; } = string.Empty;

    /// <summary>Which of its tenant's requests go first.</summary>
    public Priority Priority { get; init; } = Priority.Normal;

    /// <summary>With whom it shares cells.</summary>
    public PrefixSharing Sharing { get; init; } = PrefixSharing.None;

    /// <summary>KV cells that it needs at most.</summary>
    public int MaxCells => Prompt.Length + MaxTokens;

    /// <summary>Tokens of the answer as they are made; completed when the sequence ends.</summary>
    public ChannelReader<int> Tokens => _tokens.Reader;

    /// <summary>Of each token of the answer, there before the token is; empty where they weren't asked for.</summary>
    public ConcurrentQueue<TokenLogprobs> Logprobs => _logprobs ??= new ConcurrentQueue<TokenLogprobs>();

    /// <summary>Where it is.</summary>
    public SequenceState State { get; internal set; }

    /// <summary>Why it ended; null until then.</summary>
    public FinishReason? End { get; private set; }

    /// <summary>Sequence id at the backend while it runs; -1 otherwise.</summary>
    public int Slot => Cells?.Id ?? -1;

    /// <summary>KV cells in use: the position of its next token.</summary>
    public int UsedCells => Cells?.Used ?? 0;

    /// <summary>Index of its logits in the present batch; -1 where there are none yet.</summary>
    public int LogitsIndex { get; internal set; } = -1;

    /// <summary>Tokens of the answer so far.</summary>
    public int AnswerTokens { get; private set; }

    /// <summary>Tokens of the prompt that were taken from the cache when it first ran.</summary>
    public int CachedTokens { get; internal set; }

    /// <summary>Tokens that are known: prompt and answer so far.</summary>
    internal int KnownTokens => Prompt.Length + AnswerTokens;

    /// <summary>When it gives up waiting, as a timestamp; it never does once it ran.</summary>
    internal long Deadline { get; set; } = long.MaxValue;

    /// <summary>Its place among all that were ever admitted; 0 until then. The least is never put back.</summary>
    internal long Ticket { get; set; }

    /// <summary>True once it was put back.</summary>
    internal bool WasPutBack { get; set; }

    /// <summary>Its tenant's queue.</summary>
    internal TenantQueue? Queue { get; set; }

    /// <summary>What it holds while it runs.</summary>
    internal CellHolding? Cells { get; set; }

    /// <summary>Tokens in the batch of the present step.</summary>
    internal int BatchedTokens { get; set; }

    /// <summary>The state of its random choices; outlives being put back, so that the answer goes on as it would have.</summary>
    internal ISampler? Sampler { get; set; }

    /// <summary>Guesses at what comes next; null where none were ever made.</summary>
    internal Draft? Draft { get; set; }

    /// <summary>The tokens that are known; valid until one is added.</summary>
    internal ReadOnlySpan<int> Known => _known.AsSpan(0, KnownTokens);

    internal int TokenAt(int position) => _known[position];

    internal void Add(int token)
    {
        if (KnownTokens == _known.Length)
        {
            Array.Resize(ref _known, Math.Min(MaxCells, Prompt.Length + Math.Max(16, AnswerTokens * 2)));
        }

        _known[KnownTokens] = token;
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
