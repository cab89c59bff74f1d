using System.Numerics;

namespace Zakenak.Gateway.Limits;

/// <summary>
/// What one model's prompts take: an upper bound of tokens for a body of so many bytes, from the densest bodies of about that size that
/// were seen lately. It need not hold, only hold nearly always: the model server, who counts, refuses a prompt that is over it before any
/// work, and the gateway reserves again by that count. So a client who sends unusual bodies costs others a second try, never a limit.
/// </summary>
internal sealed class PromptBound
{
    /// <summary>Template, features and n of bodies of which nothing is known; no text has more tokens than bytes.</summary>
    private const int UnknownOverheadTokens = 64;

    /// <summary>Fewer prove nothing.</summary>
    private const int MinSeen = 16;

    /// <summary>After so many, what was seen before the last so many is forgotten.</summary>
    private const int Generation = 256;

    /// <summary>Above the densest that was seen.</summary>
    private const double Margin = 1.05;
    private const int MarginTokens = 4;

    /// <summary>From 0 to the power of two above a bound.</summary>
    private const int Steps = 64;

    /// <summary>Small bodies are mostly template, large ones mostly text: a class for each power of two, with features and without.</summary>
    private readonly Class[] _classes = [.. Enumerable.Range(0, 64).Select(_ => new Class())];

    /// <summary>Tokens to reserve for a body's prompt.</summary>
    public int Of(int bytes, bool extended)
    {
        var seen = For(bytes, extended);
        lock (seen)
        {
            return seen.Count + seen.Earlier < MinSeen
                ? Unlearned(bytes)
                : Round((long)Math.Ceiling(bytes * Math.Max(seen.Densest, seen.DensestEarlier) * Margin) + MarginTokens);
        }
    }

    /// <summary>Tokens to reserve where nothing is known.</summary>
    public static int Unlearned(int bytes) => bytes + UnknownOverheadTokens;

    /// <summary>Up, by 3 % at most: so that bodies of about one size are bounded alike, and their requests can share a grant.</summary>
    private static int Round(long tokens)
    {
        var step = Math.Max(1, (long)BitOperations.RoundUpToPowerOf2((ulong)tokens) / Steps);
        return (int)Math.Min(int.MaxValue, (tokens + step - 1) / step * step);
    }

    /// <summary>Takes in what a model server counted.</summary>
    public void Learn(int bytes, bool extended, int tokens)
    {
        var seen = For(bytes, extended);
        lock (seen)
        {
            seen.Densest = Math.Max(seen.Densest, tokens / (double)Math.Max(1, bytes));
            if (++seen.Count < Generation)
                return;
            (seen.DensestEarlier, seen.Earlier) = (seen.Densest, seen.Count);
            (seen.Densest, seen.Count) = (0, 0);
        }
    }

    private Class For(int bytes, bool extended) => _classes[BitOperations.Log2((uint)Math.Max(1, bytes)) + (extended ? 32 : 0)];

    private sealed class Class
    {
        public double Densest;
        public double DensestEarlier;
        public int Count;
        public int Earlier;
    }
}
