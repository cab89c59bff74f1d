namespace Zakenak.Benchmarks.GatewayLoad.Measurements;

/// <summary>All streams through one proxy, or through none.</summary>
/// <param name="Delays">From the moment that an event was written to when it was read, in milliseconds, of each measured event, the smallest first.</param>
/// <param name="Lost">Events that never came.</param>
/// <param name="Reordered">Events that came before or after their turn.</param>
internal sealed record StreamFigures(string Proxy, double[] Delays, long Lost, long Reordered)
{
    /// <summary>Nearest rank.</summary>
    public double Delay(double share) => Delays.Length == 0 ? double.NaN : Delays[Math.Max(0, (int)Math.Ceiling(share * Delays.Length) - 1)];
}
