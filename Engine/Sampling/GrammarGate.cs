using System.Buffers;
using System.Text;
using Zakenak.Engine.Tokens;

namespace Zakenak.Engine.Sampling;

/// <summary>
/// Lets only tokens through that a grammar allows. llama.cpp ends the process when its grammar is told of a token that it doesn't allow,
/// so each is asked about first. Tokens without text of their own, and bytes that could not become a character, never pass: what is read
/// off the tokens is then what the grammar saw.
/// </summary>
/// <remarks>
/// A grammar that waits for a trigger is not left to llama.cpp: its patterns are matched by std::regex over the whole answer at every
/// token, and a token that goes on past the trigger in a way that the grammar refuses would end the process.
/// </remarks>
internal sealed class GrammarGate : IDisposable
{
    private const int MaxBytes = 1024;

    private readonly Vocabulary _vocabulary;
    private readonly GrammarConstraint _constraint;
    private readonly HashSet<int> _banned = [];
    private readonly byte[] _held = new byte[MaxBytes];
    private readonly int _tailLength;
    private NativeSampler _grammar;
    private int _heldCount;
    private bool _waiting;

    private GrammarGate(NativeSampler grammar, GrammarConstraint constraint, Vocabulary vocabulary)
    {
        (_grammar, _constraint, _vocabulary) = (grammar, constraint, vocabulary);
        _waiting = constraint.IsLazy;
        _tailLength = constraint.TriggerTexts.Select(text => text.Length - 1).DefaultIfEmpty(0).Max();
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_tailLength, MaxBytes / 2, nameof(constraint));
    }

    /// <summary>Throws <see cref="EngineException"/> for what is no grammar.</summary>
    public static GrammarGate Create(GrammarConstraint constraint, Vocabulary vocabulary) => vocabulary.CreateGrammar(constraint.Gbnf) is { } grammar
        ? new GrammarGate(grammar, constraint, vocabulary)
        : throw new EngineException(EngineErrorCode.GrammarInvalid, "llama.cpp could not read the grammar.");

    /// <summary>True if the token is allowed; the grammar has then moved on by it. One that was refused is not offered again at this place.</summary>
    public bool TryAccept(int token)
    {
        var accepted = _waiting ? TryWait(token) : TryFollow(token);
        if (accepted)
            _banned.Clear();
        else
            _banned.Add(token);
        return accepted;
    }

    /// <summary>Puts the tokens that may be allowed here to the front and returns their number.</summary>
    public int Fill(Candidate[] candidates, ReadOnlySpan<float> logits)
    {
        var count = 0;
        for (var token = 0; token < logits.Length; token++)
        {
            if (!_banned.Contains(token) && (_waiting || IsText(token)))
                candidates[count++] = new Candidate { Token = token, Logit = logits[token] };
        }

        if (_waiting)
            return count;
        _grammar.Apply(candidates.AsSpan(0, count));
        var allowed = 0;
        for (var i = 0; i < count; i++)
        {
            if (!float.IsNegativeInfinity(candidates[i].Logit))
                candidates[allowed++] = candidates[i];
        }

        return allowed;
    }

    public void Dispose() => _grammar.Dispose();

    private static bool Allows(NativeSampler grammar, int token)
    {
        Span<Candidate> one = [new Candidate { Token = token, Logit = 1 }];
        grammar.Apply(one);
        return !float.IsNegativeInfinity(one[0].Logit);
    }

    private bool TryFollow(int token)
    {
        if (!IsText(token) || !Allows(_grammar, token))
            return false;
        if (_vocabulary.KindOf(token) == TokenKind.End)
            return true;
        _grammar.Accept(token);
        var text = Append(token);
        _heldCount = IncompleteTail(text);
        text[^_heldCount..].CopyTo(_held);
        return true;
    }

    /// <summary>Whether the token has text, and leaves what was written valid UTF-8 or the beginning of a character.</summary>
    private bool IsText(int token) => _vocabulary.KindOf(token) switch
    {
        TokenKind.Whole or TokenKind.End => _heldCount == 0,
        TokenKind.Part => IncompleteTail(Append(token)) >= 0,
        _ => false,
    };

    /// <summary>While the beginning is free: does this token end a trigger, and may what it has beyond follow it?</summary>
    private bool TryWait(int token)
    {
        if (_constraint.TriggerTokens.Contains(token))
        {
            (_waiting, _heldCount) = (false, 0);
            return true;
        }

        var text = Append(token);
        foreach (var trigger in _constraint.TriggerTexts)
        {
            if (text.IndexOf(trigger) is >= 0 and var at)
                return TryBegin(text[(at + trigger.Length)..]);
        }

        var tail = text[^Math.Min(_tailLength, text.Length)..];
        tail.CopyTo(_held);
        _heldCount = tail.Length;
        return true;
    }

    private bool TryBegin(ReadOnlySpan<byte> rest)
    {
        if (IncompleteTail(rest) is not 0)
            return false;

        // The grammar is moved on a copy: if it refuses, the trigger has not been met.
        var copy = _grammar.Clone();
        Span<byte> buffer = stackalloc byte[MaxBytes / 2];
        foreach (var token in rest.IsEmpty ? [] : _vocabulary.Tokenize(Encoding.UTF8.GetString(rest), parseSpecial: false))
        {
            var piece = _vocabulary.KindOf(token) == TokenKind.None ? [] : buffer[.._vocabulary.TokenToPiece(token, buffer)];
            if (piece.IsEmpty || !rest.StartsWith(piece) || !Allows(copy, token))
            {
                copy.Dispose();
                return false;
            }

            copy.Accept(token);
            rest = rest[piece.Length..];
        }

        _grammar.Dispose();
        (_grammar, _waiting, _heldCount) = (copy, false, 0);
        return true;
    }

    /// <summary>What is held and the token's text behind it; lies in the buffer, and the count of what is held stays.</summary>
    private Span<byte> Append(int token)
    {
        var length = _vocabulary.KindOf(token) is TokenKind.Whole or TokenKind.Part ? _vocabulary.TokenToPiece(token, _held.AsSpan(_heldCount)) : 0;
        return _held.AsSpan(0, _heldCount + length);
    }

    /// <summary>Bytes at the end that begin a character; -1 where the text is not valid UTF-8.</summary>
    private static int IncompleteTail(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            switch (Rune.DecodeFromUtf8(text, out _, out var length))
            {
                case OperationStatus.Done:
                    text = text[length..];
                    break;
                case OperationStatus.NeedMoreData:
                    return text.Length;
                default:
                    return -1;
            }
        }

        return 0;
    }
}
