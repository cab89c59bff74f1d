using Microsoft.Extensions.Options;
using Zakenak.Gateway.Limits;

namespace Zakenak.Services.Tests.Gateway;

public class RequestLimiterTests
{
    private static (RequestLimiter Limiter, SteppedClock Time) Create(LimitsOptions options)
    {
        var time = new SteppedClock();
        return (new RequestLimiter(Options.Create(options), time), time);
    }

    [Fact]
    public void Keys_of_one_tenant_have_limits_of_their_own_and_one_together()
    {
        var (limiter, _) = Create(new LimitsOptions { RequestsPerMinute = 3, TenantRequestsPerMinute = 5 });
        var tenant = limiter.For("acme");
        for (var i = 0; i < 3; i++)
            Assert.Equal(AdmissionResult.Admitted, tenant.TryEnter("a", null).Result);
        Assert.Equal(AdmissionResult.TooManyRequests, tenant.TryEnter("a", null).Result);
        Assert.Equal(AdmissionResult.Admitted, tenant.TryEnter("b", null).Result);
        Assert.Equal(AdmissionResult.Admitted, tenant.TryEnter("b", null).Result);
        var refused = tenant.TryEnter("b", null);
        Assert.Equal((AdmissionResult.TooManyRequests, 5, 0), (refused.Result, refused.Limit, refused.Remaining));
        Assert.Equal(AdmissionResult.Admitted, limiter.For("other").TryEnter("a", null).Result);
    }

    [Fact]
    public void A_refused_request_counts_in_no_window()
    {
        var (limiter, time) = Create(new LimitsOptions { RequestsPerMinute = 1, TenantRequestsPerMinute = 2 });
        var tenant = limiter.For("acme");
        Assert.Equal(AdmissionResult.Admitted, tenant.TryEnter("a", null).Result);
        for (var i = 0; i < 10; i++)
            Assert.Equal(AdmissionResult.TooManyRequests, tenant.TryEnter("a", null).Result);
        Assert.Equal(AdmissionResult.Admitted, tenant.TryEnter("b", null).Result);
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(AdmissionResult.Admitted, tenant.TryEnter("a", null).Result);
    }

    [Fact]
    public void Running_requests_are_bounded_for_a_tenant_and_free_their_place()
    {
        var (limiter, _) = Create(new LimitsOptions { TenantConcurrentRequests = 2 });
        var tenant = limiter.For("acme");
        tenant.TryEnter("a", null);
        tenant.TryEnter("a", null);
        Assert.Equal(AdmissionResult.TooManyRunning, tenant.TryEnter("b", null).Result);
        tenant.Leave();
        Assert.Equal(AdmissionResult.Admitted, tenant.TryEnter("b", null).Result);
    }

    [Fact]
    public void A_clock_that_steps_back_neither_locks_nor_frees()
    {
        var (limiter, time) = Create(new LimitsOptions { RequestsPerMinute = 1 });
        var tenant = limiter.For("acme");
        tenant.TryEnter("a", null);
        time.SetWallClockBack(TimeSpan.FromHours(2));
        Assert.Equal(AdmissionResult.TooManyRequests, tenant.TryEnter("a", null).Result);
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(AdmissionResult.Admitted, tenant.TryEnter("a", null).Result);
    }

    [Fact]
    public async Task Under_parallel_requests_exactly_the_limit_is_admitted()
    {
        var (limiter, _) = Create(new LimitsOptions { RequestsPerMinute = 500, TenantRequestsPerMinute = 700, TenantConcurrentRequests = 100_000 });
        var admitted = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, 4000), (i, _) =>
        {
            if (limiter.For("acme").TryEnter(i % 2 == 0 ? "a" : "b", null).Result == AdmissionResult.Admitted)
                Interlocked.Increment(ref admitted);
            return ValueTask.CompletedTask;
        });
        Assert.Equal(700, admitted);
    }
}
