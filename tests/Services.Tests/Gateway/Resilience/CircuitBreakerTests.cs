using FsCheck;
using FsCheck.Fluent;
using Zakenak.Gateway.Resilience;

namespace Zakenak.Services.Tests.Gateway;

public class CircuitBreakerTests
{
    private readonly SteppedClock _clock = new();
    private readonly ResilienceOptions _options = new() { FailuresToOpen = 3, OpenTime = TimeSpan.FromSeconds(2), MaxOpenTime = TimeSpan.FromSeconds(5) };

    private long Now => _clock.GetTimestamp();

    private CircuitBreaker Open()
    {
        var circuit = new CircuitBreaker(_clock);
        Assert.False(circuit.Failed(_options, Now));
        Assert.False(circuit.Failed(_options, Now));
        Assert.True(circuit.Failed(_options, Now));
        return circuit;
    }

    [Fact]
    public void Failures_in_a_row_open_it_and_a_success_between_them_does_not_count()
    {
        var circuit = new CircuitBreaker(_clock);
        circuit.Failed(_options, Now);
        circuit.Failed(_options, Now);
        circuit.Succeeded();
        circuit.Failed(_options, Now);
        circuit.Failed(_options, Now);
        Assert.Equal(CircuitState.Closed, circuit.State(Now));
        circuit.Failed(_options, Now);
        Assert.Equal(CircuitState.Open, circuit.State(Now));
        Assert.False(circuit.Allows(Now));
    }

    [Fact]
    public void After_a_while_one_request_tries_and_its_success_closes_it()
    {
        var circuit = Open();
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(CircuitState.HalfOpen, circuit.State(Now));
        Assert.True(circuit.Allows(Now));
        circuit.Entered();
        Assert.False(circuit.Allows(Now));
        circuit.Succeeded();
        Assert.True(circuit.Allows(Now));
        Assert.Equal(CircuitState.Closed, circuit.State(Now));
    }

    [Fact]
    public void Every_try_in_vain_doubles_the_wait_up_to_a_bound()
    {
        var circuit = Open();
        foreach (var seconds in new[] { 2, 4, 5, 5 })
        {
            _clock.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromTicks(1));
            Assert.False(circuit.Allows(Now));
            _clock.Advance(TimeSpan.FromTicks(1));
            Assert.True(circuit.Allows(Now));
            circuit.Entered();
            Assert.True(circuit.Failed(_options, Now));
        }
    }

    [Fact]
    public void A_try_whose_client_left_makes_way_for_another()
    {
        var circuit = Open();
        _clock.Advance(TimeSpan.FromSeconds(2));
        circuit.Entered();
        circuit.Abandoned();
        Assert.True(circuit.Allows(Now));
    }

    [Fact]
    public void Requests_from_before_it_opened_neither_reopen_nor_prolong_it()
    {
        var circuit = Open();
        Assert.False(circuit.Failed(_options, Now));
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.True(circuit.Allows(Now));
    }

    [Fact]
    public void A_window_counts_what_a_list_of_all_would() => Prop.ForAll(
        (from steps in (from seconds in Gen.Choose(0, 40) from failed in Gen.Elements(true, false) select (seconds, failed)).ListOf() select steps.ToArray()).ToArbitrary(),
        steps =>
        {
            const long Part = 10;
            var (window, all, now) = (new FailureWindow(), new List<(long At, bool Failed)>(), 1000L);
            foreach (var (seconds, failed) in steps)
            {
                now += seconds;
                window.Add(failed, now, Part);
                all.Add((now, failed));
            }

            var (requests, failures) = window.Count(now, Part);
            var within = all.Where(a => a.At / Part > (now / Part) - 6).ToArray();
            return requests == within.Length && failures == within.Count(a => a.Failed);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Second_attempts_are_a_share_of_requests()
    {
        var budget = new RetryBudget();
        while (budget.TrySpend())
        {
        }

        var spent = 0;
        for (var i = 0; i < 1000; i++)
        {
            budget.Earn(0.2);
            spent += budget.TrySpend() ? 1 : 0;
        }

        Assert.InRange(spent, 199, 201);
    }
}
