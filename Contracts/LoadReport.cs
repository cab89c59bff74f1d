using System.Globalization;

namespace Zakenak.Contracts;

/// <summary>How busy a model server is, as it says in <see cref="HeaderNames.Load"/> with each answer: <c>running=3, queued=2, slots=24, kv=412</c>.</summary>
/// <param name="Running">Sequences that are being decoded.</param>
/// <param name="Queued">Sequences that wait.</param>
/// <param name="Slots">Sequences that can be decoded at once; at least 1.</param>
/// <param name="KvPermille">KV cells that running sequences hold, in thousandths of all; what is only cached doesn't count.</param>
public readonly record struct LoadReport(int Running, int Queued, int Slots, int KvPermille)
{
    /// <summary>More is no number of sequences.</summary>
    private const int MaxCount = 1_000_000;

    /// <summary>The header's value.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"running={Running}, queued={Queued}, slots={Slots}, kv={KvPermille}");

    /// <summary>Reads a header's value; members of other names are skipped, so that there can be more one day. Allocates nothing.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out LoadReport report)
    {
        int? running = null, queued = null, slots = null, kv = null;
        report = default;
        foreach (var part in text.Split(','))
        {
            var member = text[part].Trim(' ');
            var equals = member.IndexOf('=');
            if (equals < 1)
                return false;
            if (!int.TryParse(member[(equals + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var value) || value > MaxCount)
                continue;
            switch (member[..equals])
            {
                case "running":
                    running = value;
                    break;
                case "queued":
                    queued = value;
                    break;
                case "slots":
                    slots = value;
                    break;
                case "kv":
                    kv = value;
                    break;
            }
        }

        if (running is not { } r || queued is not { } q || slots is not ({ } s and > 0) || kv is not ({ } k and <= 1000))
            return false;
        report = new LoadReport(r, q, s, k);
        return true;
    }
}
