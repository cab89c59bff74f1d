using System.CommandLine;
using System.Globalization;
using Zakenak.Contracts;

namespace Zakenak.Cli.Rollouts;

/// <summary>Steps on a command line: <c>5,25,50,100</c>, each with a wait of its own where one follows it, <c>5:1h,50:30m,100:10m</c>.</summary>
internal sealed class StepsOption
{
    private static readonly TimeSpan DefaultWait = TimeSpan.FromMinutes(10);

    private readonly Option<string?> _steps = new("--steps") { Description = "Rising shares of clients in percent, the last 100, each with its own wait after a colon if it has one. Default: the gateway's", HelpName = "P[:TIME],…" };
    private readonly Option<string?> _wait = new("--wait") { Description = "Shortest time at each step, such as 30s, 10m, 1h. Default: 10m", HelpName = "TIME" };

    public void AddTo(Command command)
    {
        command.Add(_steps);
        command.Add(_wait);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_wait) is { } wait && ParseTime(wait) is null)
            {
                result.AddError("--wait takes a whole number with s, m, h or d, such as 10m.");
            }
            else if (result.GetValue(_wait) is not null && result.GetValue(_steps) is null)
            {
                result.AddError("--wait goes with --steps.");
            }
            else if (result.GetValue(_steps) is { } steps && Parse(steps, DefaultWait) is null)
            {
                result.AddError("--steps takes shares in percent with commas between them, such as 5,25,50,100 or 5:1h,100:10m.");
            }
        });
    }

    /// <summary>Null where none are named.</summary>
    public IReadOnlyList<RolloutStep>? Of(ParseResult parsed) =>
        parsed.GetValue(_steps) is { } steps ? Parse(steps, parsed.GetValue(_wait) is { } wait ? ParseTime(wait)!.Value : DefaultWait) : null;

    private static List<RolloutStep>? Parse(string text, TimeSpan wait)
    {
        var steps = new List<RolloutStep>();
        foreach (var part in text.Split(','))
        {
            var fields = part.Split(':');
            if (fields.Length > 2 || !double.TryParse(fields[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent)
                || (fields.Length == 2 ? ParseTime(fields[1]) : wait) is not { } time)
            {
                return null;
            }

            steps.Add(new RolloutStep(percent, (int)time.TotalSeconds));
        }

        return steps;
    }

    private static TimeSpan? ParseTime(string text)
    {
        if (text.Length < 2 || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > 2_592_000)
        {
            return null;
        }

        return text[^1] switch
        {
            's' => TimeSpan.FromSeconds(count),
            'm' => TimeSpan.FromMinutes(count),
            'h' => TimeSpan.FromHours(count),
            'd' => TimeSpan.FromDays(count),
            _ => null,
        };
    }
}
