namespace Zakenak.Gateway.Rollouts;

/// <summary>Fisher's exact test of two proportions, one-sided: right for small counts too, where a normal approximation is not.</summary>
internal static class ExactTest
{
    /// <summary>How likely the second of two has as many errors or more by chance, were both alike.</summary>
    public static double Chance(long requests1, long errors1, long requests2, long errors2)
    {
        var (all, errors) = (requests1 + requests2, errors1 + errors2);
        if (errors2 == 0)
            return 1;

        // The hypergeometric distribution's tail: the first term by factorials, each next one from the one before.
        var term = Math.Exp(LogChoose(errors, errors2) + LogChoose(all - errors, requests2 - errors2) - LogChoose(all, requests2));
        var sum = term;
        for (var k = errors2; k < Math.Min(errors, requests2); k++)
        {
            term *= (double)(errors - k) * (requests2 - k) / ((k + 1.0) * (all - errors - requests2 + k + 1.0));
            sum += term;
            if (term < sum * 1e-12)
                break;
        }

        return Math.Min(1, sum);
    }

    private static double LogChoose(long n, long k) => k < 0 || k > n ? double.NegativeInfinity : LogFactorial(n) - LogFactorial(k) - LogFactorial(n - k);

    private static double LogFactorial(long n)
    {
        if (n < 32)
        {
            var product = 1.0;
            for (var i = 2; i <= n; i++)
                product *= i;
            return Math.Log(product);
        }

        // Stirling's series; the first term left out is below 1e-10 here.
        var x = n + 1.0;
        return ((x - 0.5) * Math.Log(x)) - x + (0.5 * Math.Log(2 * Math.PI)) + (1 / (12 * x)) - (1 / (360 * x * x * x));
    }
}
