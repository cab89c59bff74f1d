namespace Zakenak.ModelServer.Batching;

/// <summary>
/// Guesses how a text goes on: as it did where its last tokens stood before. So it is with code that is edited, with quotations, names and
/// tables; no second model is asked.
/// </summary>
internal static class PromptLookup
{
    // Two tokens in a row come again by chance too often.
    private const int LeastMatch = 3;
    private const int LongestMatch = 8;

    // Places that are looked at, the last ones first: a bound where the last token is a frequent one.
    private const int MostPlaces = 64;

    /// <summary>Fills <paramref name="draft"/> from after the place whose tokens before it match longest, the last such place; false where none matches.</summary>
    public static bool TryGuess(ReadOnlySpan<int> known, Span<int> draft)
    {
        var (longest, from) = (LeastMatch - 1, 0);
        var end = known.Length - 1;
        for (var place = 0; place < MostPlaces && longest < LongestMatch && known[..end].LastIndexOf(known[^1]) is >= 0 and var at; place++)
        {
            var length = 1;
            while (length < LongestMatch && length <= at && known[at - length] == known[^(length + 1)])
            {
                length++;
            }

            (longest, from) = length > longest ? (length, at + 1) : (longest, from);
            end = at;
        }

        for (var i = 0; from > 0 && i < draft.Length; i++)
        {
            // What repeats itself goes on into its own guess.
            draft[i] = from + i < known.Length ? known[from + i] : draft[from + i - known.Length];
        }

        return from > 0;
    }
}
