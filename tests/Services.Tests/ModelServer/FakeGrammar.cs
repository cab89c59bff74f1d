using System.Buffers;
using System.Text;
using Zakenak.Engine;
using Zakenak.Services.Tests.ModelServer.Structured;

namespace Zakenak.Services.Tests.ModelServer;

/// <summary>Keeps a fake backend to a grammar as the real one's does: what it wants to say passes if it is allowed, else something that is.</summary>
internal sealed class FakeGrammar
{
    private readonly GrammarConstraint? _constraint;
    private readonly GbnfMatcher _matcher;
    private readonly List<byte> _written = [];
    private readonly List<byte> _held = [];
    private GbnfMatcher.State _state;
    private bool _waiting;

    private FakeGrammar(GbnfMatcher matcher, GrammarConstraint? constraint)
    {
        (_matcher, _constraint, _state) = (matcher, constraint, matcher.Start);
        _waiting = constraint is { IsLazy: true };
    }

    public static FakeGrammar? TryParse(string gbnf)
    {
        try
        {
            return new FakeGrammar(GbnfMatcher.Parse(gbnf), null);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return null;
        }
    }

    public FakeGrammar For(GrammarConstraint constraint) => new(_matcher, constraint);

    public int Choose(int wanted, int end, Func<int, byte[]> piece)
    {
        if (_waiting)
        {
            _written.AddRange(piece(wanted));
            _waiting = !_constraint!.TriggerTokens.Contains(wanted) && !_constraint.TriggerTexts.Any(text => _written.ToArray().AsSpan().EndsWith(text));
            return wanted;
        }

        if (wanted == end ? _state.IsEnd && _held.Count == 0 : piece(wanted) is { Length: > 0 } bytes && TryFollow(bytes))
        {
            return wanted;
        }

        foreach (var other in (int[])[end, .. Enumerable.Range(1, 255)])
        {
            if (other == end ? _state.IsEnd && _held.Count == 0 : TryFollow([(byte)other]))
            {
                return other;
            }
        }

        throw new InvalidOperationException("The grammar allows nothing.");
    }

    private bool TryFollow(byte[] bytes)
    {
        byte[] text = [.. _held, .. bytes];
        var state = _state;
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(rest, out var rune, out var length);
            if (status == OperationStatus.NeedMoreData)
            {
                break;
            }

            if (status != OperationStatus.Done || _matcher.Next(state, rune.Value) is not { } next)
            {
                return false;
            }

            state = next;
            rest = rest[length..];
        }

        _state = state;
        _held.Clear();
        _held.AddRange(rest);
        return true;
    }
}
