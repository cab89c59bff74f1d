using System.CommandLine;
using System.Globalization;

namespace Zakenak.Cli.Models;

/// <summary>How long a statement holds: <c>90d</c>, <c>12h</c> or <c>30m</c>.</summary>
internal static class LifetimeOption
{
    private const int MaxDays = 3650;

    public static Option<TimeSpan> Create() => new("--expires")
    {
        Description = "How long it holds, such as 90d, 12h or 30m. Default: 90d",
        HelpName = "TIME",
        DefaultValueFactory = _ => TimeSpan.FromDays(90),
        CustomParser = result =>
        {
            if (Parse(result.Tokens.Single().Value) is { } time)
            {
                return time;
            }

            result.AddError($"--expires takes a whole number with d, h or m, up to {MaxDays}d, such as 90d.");
            return default;
        },
    };

    private static TimeSpan? Parse(string text)
    {
        if (text.Length < 2 || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count == 0)
        {
            return null;
        }

        var minutes = text[^1] switch { 'd' => count * 1440L, 'h' => count * 60L, 'm' => count, _ => long.MaxValue };
        return minutes <= MaxDays * 1440L ? TimeSpan.FromMinutes(minutes) : null;
    }
}
