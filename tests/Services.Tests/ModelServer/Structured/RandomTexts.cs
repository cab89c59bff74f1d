using System.Text;

namespace Zakenak.Services.Tests.ModelServer.Structured;

/// <summary>Texts that a grammar accepts, drawn at random.</summary>
internal static class RandomTexts
{
    private const int WanderFor = 80;
    private const int GiveUpAt = 2000;

    // In the order in which they lead to an end.
    private const string Closing = "\"]}0nft,a";

    /// <summary>A whole text; null where none was found in reasonable length.</summary>
    public static string? From(GbnfMatcher matcher, Random random)
    {
        var text = new StringBuilder();
        var state = matcher.Start;
        for (var length = 0; length < GiveUpAt; length++)
        {
            if (state.IsEnd && (!state.Expected.Any() || length > WanderFor || random.Next(4) == 0))
            {
                return text.ToString();
            }

            var ranges = state.Expected.ToList();
            var (from, to) = ranges[random.Next(ranges.Count)];
            var closing = Closing.Select(c => (int)c).Where(c => ranges.Any(range => range.From <= c && c <= range.To)).Append(-1).First();
            var character = length > WanderFor && closing >= 0 ? closing : random.Next(3) > 0 && to - from > 500 ? random.Next('a', 'e') : random.Next(from, to + 1);
            state = matcher.Next(state, character) ?? matcher.Next(state, character = from)!;
            text.Append(new Rune(character).ToString());
        }

        return null;
    }
}
