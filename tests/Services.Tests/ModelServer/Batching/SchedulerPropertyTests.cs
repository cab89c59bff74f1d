using FsCheck;
using FsCheck.Fluent;
using Zakenak.ModelServer.Batching;

namespace Zakenak.Services.Tests.ModelServer.Batching;

/// <summary>
/// Any limits, any requests of any tenants, arriving and cancelled at any step, ended by the model at any token, with decodes that fail
/// and steps of any length, with guesses and without, on cells that throw where llama.cpp would abort.
/// </summary>
public class SchedulerPropertyTests
{
    private static readonly Gen<Request> s_request =
        from tenant in Gen.Choose(0, 3)
        from scope in Gen.Choose(0, 1)
        from priority in Gen.Choose(0, 2)
        from variant in Gen.Choose(0, 2)
        from common in Gen.Choose(0, 50)
        from prompt in Gen.Choose(1, 60)
        from shared in Gen.Frequency((2, Gen.Constant(int.MaxValue)), (1, Gen.Choose(0, 40)))
        from siblings in Gen.Choose(0, 4)
        from maxTokens in Gen.Choose(1, 40)
        from arrives in Gen.Choose(0, 40)
        from ends in Gen.Frequency((2, Gen.Choose(0, 40)), (1, Gen.Constant(int.MaxValue)))
        from cancelled in Gen.Frequency((4, Gen.Constant(int.MaxValue)), (1, Gen.Choose(0, 80)))
        select new Request($"t{tenant}", scope, (Priority)priority, variant, common, prompt, shared, siblings, maxTokens, arrives, ends, cancelled);

    private static readonly Gen<Run> s_run =
        from batch in Gen.Choose(6, 40)
        from sequences in Gen.Choose(1, 6)
        from spareIds in Gen.Choose(0, 6)
        from perTenant in Gen.Choose(1, 6)
        from cells in Gen.Choose(100, 260)
        from block in Gen.Choose(1, 8)
        from quantum in Gen.Choose(1, 60)
        from keeps in Gen.Elements(true, true, false)
        from idle in Gen.Frequency((1, Gen.Constant(int.MaxValue)), (2, Gen.Choose(1, 400)))
        from failing in Gen.Frequency((3, Gen.Constant(-1)), (1, Gen.Choose(0, 40)))
        from promptTokenMs in Gen.Choose(0, 40)
        from draft in Gen.Frequency((1, Gen.Constant(0)), (3, Gen.Choose(1, 8)))
        from draftStep in Gen.Choose(2, 50)
        from requests in s_request.ListOf()
        select new Run(
            new SchedulerLimits(cells, batch, sequences, sequences + spareIds, perTenant)
            {
                BlockTokens = block,
                QuantumTokens = quantum,
                KeepsPrefixes = keeps,
                IdlePrefixTokens = idle,
                DraftTokens = draft,
                DraftStepTokens = draftStep,
            },
            [.. requests],
            failing,
            promptTokenMs);

    [Fact]
    public void Whatever_comes_everybody_ends_once_and_no_rule_of_the_backend_is_broken() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(200).WithEndSize(40), Prop.ForAll(s_run.ToArbitrary(), run => new Simulation(run).Go()));

    internal sealed record Request(
        string Tenant, int Scope, Priority Priority, int Variant, int Common, int Prompt, int Shared, int Siblings, int MaxTokens, int Arrives, int EndsAfter, int CancelledAt)
    {
        /// <summary>Prompts of one variant begin alike.</summary>
        public int[] Tokens => [.. Enumerable.Range(0, Prompt).Select(i => i < Common ? (Variant * 100) + i : (GetHashCode() * 31) + i)];

        /// <summary>The answer's token there: it repeats itself for a while, then doesn't, so that guesses are right and wrong.</summary>
        public int Answer(int index) => index % 11 < 8 ? index % (Variant + 1) : (index * index) + Variant;
    }

    internal sealed record Run(SchedulerLimits Limits, IReadOnlyList<Request> Requests, int FailingStep, int PromptTokenMs);
}
