using Zakenak.Benchmarks.Serving.Client;

namespace Zakenak.Benchmarks.Serving.Workloads;

/// <summary>Plain words in an order that a seed decides: the same for every peer, another for every seed.</summary>
internal static class Prompts
{
    private static readonly string[] _words =
    [
        "the", "model", "server", "reads", "a", "question", "and", "writes", "an", "answer", "while", "other", "people", "wait", "for", "their", "turn", "in", "line",
        "today", "we", "count", "every", "word", "that", "comes", "back", "with", "care", "because", "numbers", "matter", "more", "than", "hope", "when", "you",
        "choose", "what", "to", "run", "on", "your", "own", "machine",
    ];

    /// <summary>One user's message.</summary>
    public static IReadOnlyList<ChatMessage> User(int words, int seed, string? prefix = null) => [new("user", (prefix ?? "") + Text(words, seed))];

    // Another in every run: what a server has kept of the last run's prompts must not answer this one's.
    private static readonly int s_run = Random.Shared.Next();

    /// <summary>A seed for one request of a round; the same for every peer of a run.</summary>
    public static int Seed(int round, int who, int turn = 0) => unchecked((((round * 7919) + who) * 104_729) + turn + s_run);

    public static string Text(int words, int seed)
    {
#pragma warning disable CA5394 // Load, not secrets.
        var random = new Random(seed);
        return string.Join(' ', Enumerable.Range(0, words).Select(_ => _words[random.Next(_words.Length)]));
#pragma warning restore CA5394
    }
}
