using Zakenak.ModelServer.Batching.Cells;

namespace Zakenak.ModelServer.Batching;

/// <summary>Decides who runs next: the tenant with the fewest that run, in turn among equals, and only once there is room.</summary>
internal sealed class Admission(SchedulerLimits limits, CellLedger ledger, TenantRing ring, List<Sequence> running)
{
    // Cells kept free for each answer to grow into: without any, whoever is admitted would put somebody back in the next step.
    private const int GrowthTokens = 64;

    private long _tickets;

    public long NextTicket() => ++_tickets;

    /// <summary>The sequence to admit, or null. Nobody overtakes the one whose turn it is: else a long prompt could wait for ever.</summary>
    /// <param name="putBack">Called for others' sequences, where the tenant has none that runs and they have several.</param>
    public Sequence? Next(Action<Sequence> putBack)
    {
        if (WhoseTurn() is not { Next: { } next } tenant)
        {
            return null;
        }

        var needed = Needed(next);
        while (!Fits(needed))
        {
            // Its fair part of the cells and ids is what a tenant need not wait for.
            if (tenant.Running.Count > 0 || needed > limits.ContextTokens / ring.Count || Youngest() is not { } youngest)
            {
                return null;
            }

            putBack(youngest);
            needed = Needed(next);
        }

        return next;
    }

    private TenantQueue? WhoseTurn()
    {
        TenantQueue? fewest = null;
        foreach (var tenant in ring.Tenants)
        {
            if (tenant.WaitingCount > 0 && tenant.Running.Count < limits.MaxTenantSequences && (fewest is null || tenant.Running.Count < fewest.Running.Count))
            {
                fewest = tenant;
            }
        }

        return fewest;
    }

    private bool Fits(int needed)
    {
        if (running.Count >= limits.MaxSequences)
        {
            return false;
        }

        var promised = 0;
        foreach (var sequence in running)
        {
            promised += sequence.KnownTokens - sequence.UsedCells + Growth(sequence);
        }

        return needed <= ledger.AvailableCells - promised;
    }

    /// <summary>What a prompt's beginning has in common with a running one's costs no cells.</summary>
    private int Needed(Sequence sequence) =>
        sequence.KnownTokens - ledger.HeldByRunning(sequence, sequence.Sharing, sequence.KnownTokens - 1) + Growth(sequence);

    private static int Growth(Sequence sequence) => Math.Min(GrowthTokens, sequence.MaxTokens - sequence.AnswerTokens);

    /// <summary>The youngest of the tenant with most that run, if that is more than one: a tenant's oldest is never put back for another tenant.</summary>
    private Sequence? Youngest()
    {
        TenantQueue? most = null;
        foreach (var tenant in ring.Tenants)
        {
            most = tenant.Running.Count > (most?.Running.Count ?? 1) ? tenant : most;
        }

        return most?.Running[^1];
    }
}
