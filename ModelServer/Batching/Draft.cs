namespace Zakenak.ModelServer.Batching;

/// <summary>
/// The guessed tokens of one sequence in the present step. What comes of them decides how many the next guess has, and how long it waits:
/// a text that never repeats itself soon costs next to nothing.
/// </summary>
/// <param name="most">Most tokens of a guess.</param>
internal sealed class Draft(int most)
{
    private const int LongestRest = 32;

    private readonly int[] _tokens = new int[most];
    private int _confirmed;
    private int _wanted = most;
    private int _restAfterMiss = 1;
    private int _rest;

    /// <summary>The guess; empty where there is none in this step.</summary>
    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, Count);

    public int Count { get; private set; }

    /// <summary>Where the guess begins in the batch.</summary>
    public int BatchIndex { get; set; }

    /// <summary>Makes a guess of at most so many tokens at how the known ones go on.</summary>
    public void Guess(ReadOnlySpan<int> known, int room)
    {
        if (_rest > 0)
        {
            _rest--;
            return;
        }

        var count = Math.Min(room, _wanted);
        Count = count > 0 && PromptLookup.TryGuess(known, _tokens.AsSpan(0, count)) ? count : 0;
    }

    /// <summary>True if this token, chosen as the next one, is the one that was guessed: the one after it can be chosen at once, by its logits.</summary>
    public bool TryConfirm(int token, out int logitsIndex)
    {
        logitsIndex = BatchIndex + _confirmed;
        if (_confirmed == Count || _tokens[_confirmed] != token)
        {
            return false;
        }

        _confirmed++;
        return true;
    }

    /// <summary>The step is over; the next guess takes its lesson from this one.</summary>
    public void Clear()
    {
        if (Count == 0)
        {
            return;
        }

        if (_confirmed == 0)
        {
            _rest = _restAfterMiss;
            _restAfterMiss = Math.Min(2 * _restAfterMiss, LongestRest);
        }
        else
        {
            _restAfterMiss = 1;
        }

        _wanted = _confirmed == Count ? Math.Min(2 * _wanted, _tokens.Length) : Math.Max(1, _confirmed);
        (Count, _confirmed) = (0, 0);
    }
}
