namespace Zakenak.ModelDelivery;

/// <summary>How long to wait before asking again: doubling from 100 ms up to 5 s, spread so that many clients do not come back together.</summary>
internal static class Backoff
{
    public static TimeSpan After(int failures) =>
        TimeSpan.FromMilliseconds(Math.Min(5000, 100 * Math.Pow(2, Math.Min(failures - 1, 10))) * (0.5 + (Random.Shared.NextDouble() / 2)));
}
