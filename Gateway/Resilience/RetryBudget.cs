namespace Zakenak.Gateway.Resilience;

/// <summary>Earned by requests, spent by second attempts. Any thread.</summary>
internal sealed class RetryBudget
{
    /// <summary>Kept for a burst, and there from the start: the first requests after a crash need it.</summary>
    private const int MaxRetries = 20;
    private const int Thousand = 1000;

    private int _thousandths = MaxRetries * Thousand;

    /// <summary>Retries that it would allow now.</summary>
    public double Left => Math.Max(0, Volatile.Read(ref _thousandths)) / (double)Thousand;

    public void Earn(double share)
    {
        if (Volatile.Read(ref _thousandths) < MaxRetries * Thousand)
            Interlocked.Add(ref _thousandths, (int)(share * Thousand));
    }

    public bool TrySpend()
    {
        if (Interlocked.Add(ref _thousandths, -Thousand) >= 0)
            return true;
        Interlocked.Add(ref _thousandths, Thousand);
        return false;
    }
}
