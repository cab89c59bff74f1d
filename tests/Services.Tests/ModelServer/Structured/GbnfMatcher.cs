using System.Globalization;
using System.Text;

namespace Zakenak.Services.Tests.ModelServer.Structured;

/// <summary>
/// Reads GBNF and matches texts as llama.cpp does: all ways in which a text may go on are kept side by side. Written for tests from the
/// format's description, with nothing taken from the code that writes grammars.
/// </summary>
internal sealed class GbnfMatcher
{
    private readonly Dictionary<string, List<List<Symbol>>> _rules = new(StringComparer.Ordinal);
    private readonly Dictionary<(List<Symbol>, int, Stack?), Stack> _stacks = [];
    private string _text = string.Empty;
    private int _at;
    private int _made;

    private GbnfMatcher()
    {
    }

    public State Start { get; private set; } = new([], false);

    public int RuleCount => _rules.Count;

    public static GbnfMatcher Parse(string gbnf)
    {
        var matcher = new GbnfMatcher();
        foreach (var line in gbnf.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var name = line[..line.IndexOf(" ::= ", StringComparison.Ordinal)];
            (matcher._text, matcher._at) = (line, name.Length + 5);
            matcher._rules.Add(name, matcher.Choice());
            Assert.Equal(line.Length, matcher._at);
        }

        Assert.All(matcher._rules.Values.SelectMany(alternatives => alternatives).SelectMany(sequence => sequence), symbol => Assert.True(symbol.Rule is null || matcher._rules.ContainsKey(symbol.Rule)));
        matcher.Start = matcher.Expand(matcher._rules["root"].Select(alternative => matcher.Push(alternative, 0, null)));
        return matcher;
    }

    public bool Matches(string text) => Feed(Start, text) is { IsEnd: true };

    public State? Feed(State? state, string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            state = state is null ? null : Next(state, rune.Value);
        }

        return state;
    }

    /// <summary>Where one more character leads; null where it is refused.</summary>
    public State? Next(State state, int character)
    {
        var next = state.Stacks.Where(stack => stack.Top.Set!.Any(range => range.From <= character && character <= range.To)).Select(stack => Push(stack.Sequence, stack.At + 1, stack.Below)).ToList();
        return next.Count == 0 ? null : Expand(next);
    }

    private State Expand(IEnumerable<Stack?> stacks)
    {
        var (seen, ready, isEnd) = (new HashSet<Stack>(), new List<Stack>(), false);
        var todo = new Stack<Stack?>(stacks);
        while (todo.TryPop(out var stack))
        {
            if (stack is null)
            {
                isEnd = true;
            }
            else if (seen.Add(stack))
            {
                if (stack.Top.Rule is { } rule)
                {
                    var after = Push(stack.Sequence, stack.At + 1, stack.Below);
                    _rules[rule].ForEach(alternative => todo.Push(Push(alternative, 0, after)));
                }
                else
                {
                    ready.Add(stack);
                }
            }
        }

        return new State(ready, isEnd);
    }

    private Stack? Push(List<Symbol> sequence, int at, Stack? below)
    {
        if (at == sequence.Count)
        {
            return below;
        }

        var key = (sequence, at, below);
        return _stacks.TryGetValue(key, out var known) ? known : _stacks[key] = new Stack(sequence, at, below);
    }

    private List<List<Symbol>> Choice()
    {
        var alternatives = new List<List<Symbol>> { Sequence() };
        while (Take(" | "))
        {
            alternatives.Add(Sequence());
        }

        return alternatives;
    }

    private List<Symbol> Sequence()
    {
        var sequence = new List<Symbol>();
        do
        {
            var item = Item();
            sequence.AddRange(Repeated(item));
        }
        while (_at < _text.Length && _text[_at] == ' ' && !_text[_at..].StartsWith(" | ", StringComparison.Ordinal) && Take(" "));
        return sequence;
    }

    private List<Symbol> Item()
    {
        if (Take("\""))
        {
            var literal = new List<Symbol>();
            while (!Take("\""))
            {
                var character = Character();
                literal.Add(new Symbol(null, [(character, character)]));
            }

            return literal;
        }

        if (Take("["))
        {
            var ranges = new List<(int From, int To)>();
            while (!Take("]"))
            {
                var from = Character();
                ranges.Add((from, Take("-") ? Character() : from));
            }

            return [new Symbol(null, ranges)];
        }

        if (Take("("))
        {
            var name = Rule(Choice());
            Assert.True(Take(")"));
            return [name];
        }

        var start = _at;
        while (_at < _text.Length && char.IsAsciiLetterOrDigit(_text[_at]))
        {
            _at++;
        }

        Assert.True(_at > start, $"No item at {start} of {_text}");
        return [new Symbol(_text[start.._at], null)];
    }

    private List<Symbol> Repeated(List<Symbol> item)
    {
        var (min, max) = (1, (int?)1);
        if (Take("*"))
        {
            (min, max) = (0, null);
        }
        else if (Take("+"))
        {
            (min, max) = (1, null);
        }
        else if (Take("?"))
        {
            (min, max) = (0, 1);
        }
        else if (Take("{"))
        {
            var end = _text.IndexOf('}', _at);
            var bounds = _text[_at..end].Split(',');
            _at = end + 1;
            min = int.Parse(bounds[0], CultureInfo.InvariantCulture);
            max = bounds.Length == 1 ? min : bounds[1].Length == 0 ? null : int.Parse(bounds[1], CultureInfo.InvariantCulture);
            Assert.InRange(max ?? min, 0, 2000);
        }

        List<Symbol> result = [.. Enumerable.Repeat(item, min).SelectMany(symbols => symbols)];
        if (max is null)
        {
            var name = "made" + _made++;
            _rules.Add(name, [[.. item, new Symbol(name, null)], []]);
            result.Add(new Symbol(name, null));
            return result;
        }

        Symbol? rest = null;
        for (var i = min; i < max; i++)
        {
            rest = Rule([[.. item, .. rest is null ? (Symbol[])[] : [rest]], []]);
        }

        return rest is null ? result : [.. result, rest];
    }

    private Symbol Rule(List<List<Symbol>> alternatives)
    {
        var name = "made" + _made++;
        _rules.Add(name, alternatives);
        return new Symbol(name, null);
    }

    private int Character()
    {
        if (_text[_at] != '\\')
        {
            var rune = Rune.GetRuneAt(_text, _at);
            _at += rune.Utf16SequenceLength;
            return rune.Value;
        }

        var length = _text[_at + 1] switch { 'x' => 2, 'u' => 4, 'U' => 8, var other => throw new FormatException($"\\{other}") };
        _at += 2 + length;
        return int.Parse(_text[(_at - length).._at], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }

    private bool Take(string expected)
    {
        var taken = string.CompareOrdinal(_text, _at, expected, 0, expected.Length) == 0;
        _at += taken ? expected.Length : 0;
        return taken;
    }

    internal sealed record Symbol(string? Rule, IReadOnlyList<(int From, int To)>? Set);

    internal sealed class Stack(List<Symbol> sequence, int at, Stack? below)
    {
        public List<Symbol> Sequence => sequence;

        public int At => at;

        public Stack? Below => below;

        public Symbol Top => sequence[at];
    }

    /// <summary>All ways in which a text may go on.</summary>
    internal sealed record State(IReadOnlyList<Stack> Stacks, bool IsEnd)
    {
        /// <summary>Ranges of the characters that may come next.</summary>
        public IEnumerable<(int From, int To)> Expected => Stacks.SelectMany(stack => stack.Top.Set!);
    }
}
