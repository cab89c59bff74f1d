using System.Buffers;
using System.Security.Cryptography;
using Zakenak.Engine;
using Zakenak.ModelServer.Batching;
using Zakenak.ModelServer.Loading;
using Zakenak.ModelServer.Structured;
using Zakenak.ModelServer.Structured.Tools;

namespace Zakenak.ModelServer.Completions;

/// <summary>One of a request's answers: its sequence's tokens become text and calls of tools, which go to a stream or are kept.</summary>
internal sealed class Choice
{
    private const string IdCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private readonly AnswerPlan _plan;
    private readonly AnswerText _text;
    private readonly Vocabulary _vocabulary;
    private readonly ToolCallReader? _reader;
    private readonly ChatEventStream? _events;
    private readonly bool _keeps;
    private readonly bool _wantsLogprobs;
    private List<TokenLogprobs> _untold = [];

    /// <param name="index">Its number among the request's answers.</param>
    /// <param name="sequence">Where its tokens come from.</param>
    /// <param name="model">What makes them.</param>
    /// <param name="request">What was asked.</param>
    /// <param name="plan">How it is kept in shape.</param>
    /// <param name="events">Where it goes as it comes; null where it is kept.</param>
    public Choice(int index, Sequence sequence, LoadedModel model, ChatRequest request, AnswerPlan plan, ChatEventStream? events)
    {
        (Index, Sequence, _plan, _events) = (index, sequence, plan, events);
        _text = new AnswerText(_vocabulary = model.Vocabulary, request.Stops);
        _keeps = events is null || plan.Format is not null;
        _wantsLogprobs = request.TopLogprobs is not null;
        if (plan.ToolFormat is { } format)
        {
            _reader = new ToolCallReader(format, plan.Tools!.Mode == ToolMode.Required, text => Say(text.Span), BeginCall, text => Argue(text.Span));
        }
    }

    public int Index { get; }

    public Sequence Sequence { get; }

    /// <summary>Tokens taken so far.</summary>
    public int Tokens { get; private set; }

    /// <summary>True once a stop string was met.</summary>
    public bool Stopped => _text.Stopped;

    /// <summary>The text, where it is kept.</summary>
    public ArrayBufferWriter<byte> Content { get; } = new(256);

    public List<CalledTool> Calls { get; } = [];

    /// <summary>Of every token whose whole text was said, where they were asked for and the answer is kept: those of a stop string would tell it.</summary>
    public IReadOnlyList<TokenLogprobs>? Logprobs => _wantsLogprobs ? _untold : null;

    /// <summary>OpenAI's word for why it ended. An answer that must have a shape and has it not, because a stop string cut it, was cut.</summary>
    public string FinishWord => Sequence.End != FinishReason.Stop && !Stopped ? "length"
        : Stopped && !HasShape ? "length"
        : Calls.Count > 0 ? "tool_calls"
        : "stop";

    /// <summary>The second check, of what the grammar should have seen to.</summary>
    public bool HasShape => (_plan.Format is not { } format || format.IsValid(Content.WrittenMemory))
        && (Calls.Count > 0 || _plan.Tools is not { Mode: ToolMode.Required })
        && Calls.All(call => AnswerFormat.IsValid(_plan.Tools!.Callable.Single(tool => tool.Name == call.Name).Parameters, call.Arguments.WrittenMemory));

    /// <summary>Takes one token.</summary>
    public void Add(int token)
    {
        Tokens++;
        if (_wantsLogprobs && Sequence.Logprobs.TryDequeue(out var logprobs))
        {
            _untold.Add(logprobs);
        }

        if (_reader is not null && token == _plan.OpenerToken)
        {
            _reader.Open();
        }

        var text = _text.Add(token);
        if (Stopped)
        {
            _untold.RemoveRange(CountSaid(), _untold.Count - CountSaid());
        }

        Deliver(text);
    }

    /// <summary>The sequence has ended: nothing is held back any more.</summary>
    public void Complete()
    {
        Deliver(_text.Complete());
        _reader?.Complete();
        if (_events is not null && _untold.Count > 0)
        {
            Say(default);
        }
    }

    private void Deliver(ReadOnlySpan<byte> text)
    {
        if (_reader is not null)
        {
            _reader.Add(text);
        }
        else if (!text.IsEmpty)
        {
            Say(text);
        }
    }

    private void Say(ReadOnlySpan<byte> text)
    {
        if (_keeps)
        {
            Content.Write(text);
        }

        if (_events is not null)
        {
            _events.WriteText(Index, text, TakeSaid());
        }
    }

    private List<TokenLogprobs>? TakeSaid()
    {
        if (!_wantsLogprobs)
        {
            return null;
        }

        var (said, count) = (_untold, CountSaid());
        _untold = said[count..];
        return said[..count];
    }

    /// <summary>How many of the tokens that weren't told have all of their text said.</summary>
    private int CountSaid()
    {
        var count = _untold.Count;
        for (var unsaid = _text.UnsaidBytes; unsaid > 0 && count > 0; count--)
        {
            unsaid -= _vocabulary.Piece(_untold[count - 1].Token).Length;
        }

        return count;
    }

    private void BeginCall(string name)
    {
        // Nine letters and digits: some templates take no other id when the call comes back in the conversation.
        var call = new CalledTool(RandomNumberGenerator.GetString(IdCharacters, 9), name);
        Calls.Add(call);
        _events?.WriteCall(Index, Calls.Count - 1, call);
    }

    private void Argue(ReadOnlySpan<byte> text)
    {
        Calls[^1].Arguments.Write(text);
        _events?.WriteArguments(Index, Calls.Count - 1, text);
    }
}
