using Zakenak.Gateway.Identity;
using Zakenak.Gateway.Limits;
using Zakenak.Gateway.Limits.Leases;

namespace Zakenak.Services.Tests.Gateway;

public class TenantLimitsTests
{
    /// <summary>A minute and the slot that it may be late.</summary>
    private static readonly TimeSpan _minute = TimeSpan.FromSeconds(60.25);

    private static Client Key(string id, LimitSet? limits = null, TenantLimitSet? tenant = null) =>
        new() { KeyId = id, Tenant = "acme", Models = [], Features = [], Limits = limits, TenantLimits = tenant };

    private static (TenantLimits Tenant, SteppedClock Time) Create(LimitsOptions options) => Create(() => options);

    private static (TenantLimits Tenant, SteppedClock Time) Create(Func<LimitsOptions> options)
    {
        var time = new SteppedClock();
        return (new RequestLimiter(options, time).For("acme"), time);
    }

    private static AdmissionResult Pass(TenantLimits tenant, Client client)
    {
        var result = tenant.Enter(client).Result;
        if (result == AdmissionResult.Admitted)
            tenant.Leave(client);
        return result;
    }

    [Fact]
    public void Keys_of_one_tenant_have_limits_of_their_own_and_one_together()
    {
        var (tenant, _) = Create(new LimitsOptions { RequestsPerMinute = 3, TenantRequestsPerMinute = 5 });
        for (var i = 0; i < 3; i++)
            Assert.Equal(AdmissionResult.Admitted, Pass(tenant, Key("a")));
        Assert.Equal(AdmissionResult.TooManyRequests, Pass(tenant, Key("a")));
        Assert.Equal(AdmissionResult.Admitted, Pass(tenant, Key("b")));
        Assert.Equal(AdmissionResult.Admitted, Pass(tenant, Key("b")));
        var refused = tenant.Enter(Key("b"));
        Assert.Equal((AdmissionResult.TooManyRequests, 5, 0), (refused.Result, refused.Requests.Limit, refused.Requests.Remaining));
    }

    [Fact]
    public void Of_keys_that_used_nothing_for_a_minute_nothing_is_remembered_and_those_in_use_lose_nothing()
    {
        var (tenant, time) = Create(new LimitsOptions { RequestsPerMinute = 3, TenantRequestsPerMinute = 100_000 });
        var running = Key("runs");
        Assert.Equal(AdmissionResult.Admitted, tenant.Enter(running).Result);
        for (var minute = 0; minute < 10; minute++)
        {
            for (var i = 0; i < 1000; i++)
                Assert.Equal(AdmissionResult.Admitted, Pass(tenant, Key($"corp/subject-{minute}-{i}")));
            time.Advance(_minute);
        }

        Assert.InRange(tenant.KnownKeys, 1, 3000);
        tenant.Leave(running);
    }

    [Fact]
    public async Task What_was_leased_for_a_forgotten_key_is_given_back_however_often_that_fails_at_first()
    {
        var clock = new SteppedClock();
        var store = new MemoryLeases();
        var exchange = new LeaseExchange(store, () => new LimitsOptions(), clock);
        var scope = new Scope("key:acme/a", TimeSpan.TicksPerMinute, new Lock(), exchange.Book);
        scope.Limit(100, 100, 100);
        await exchange.RenewAsync(TestContext.Current.CancellationToken);
        Assert.True(store.LeasedOf("key:acme/a/requests") > 0);
        scope.Retire();
        store.Fails = MemoryLeases.Fault.Before;
        await Assert.ThrowsAsync<Npgsql.NpgsqlException>(() => exchange.RenewAsync(TestContext.Current.CancellationToken));
        store.Fails = MemoryLeases.Fault.None;
        await exchange.RenewAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, store.LeasedOf("key:acme/a/requests"));
        Assert.Empty(exchange.Book.All());
    }

    [Fact]
    public void A_refused_request_counts_nowhere()
    {
        var (tenant, time) = Create(new LimitsOptions { RequestsPerMinute = 1, TenantRequestsPerMinute = 2 });
        Assert.Equal(AdmissionResult.Admitted, Pass(tenant, Key("a")));
        for (var i = 0; i < 10; i++)
            Assert.Equal(AdmissionResult.TooManyRequests, Pass(tenant, Key("a")));
        Assert.Equal(AdmissionResult.Admitted, Pass(tenant, Key("b")));
        time.Advance(_minute);
        Assert.Equal(AdmissionResult.Admitted, Pass(tenant, Key("a")));
    }

    [Theory]
    [InlineData(2, 9)]
    [InlineData(9, 2)]
    public void Running_requests_are_bounded_for_a_tenant_and_for_a_key_and_free_their_place(int ofTenant, int ofKey)
    {
        var (tenant, _) = Create(new LimitsOptions { TenantConcurrentRequests = ofTenant, KeyConcurrentRequests = ofKey });
        tenant.Enter(Key("a"));
        tenant.Enter(Key("a"));
        Assert.Equal(AdmissionResult.TooManyRunning, tenant.Enter(Key("a")).Result);
        Assert.Equal(ofKey == 2 ? AdmissionResult.Admitted : AdmissionResult.TooManyRunning, Pass(tenant, Key("b")));
        tenant.Leave(Key("a"));
        Assert.Equal(AdmissionResult.Admitted, tenant.Enter(Key("a")).Result);
    }

    [Fact]
    public void Tokens_are_reserved_in_all_budgets_or_in_none()
    {
        var (tenant, time) = Create(new LimitsOptions
        {
            TokensPerMinute = 100,
            TenantTokensPerMinute = 150,
            Models = { ["guide"] = new LimitSet { TokensPerMinute = 120, ConcurrentRequests = 2 } },
        });
        Assert.Equal(AdmissionResult.Admitted, tenant.Reserve(Key("a"), "guide", 90).Result);
        var refused = tenant.Reserve(Key("a"), "other", 20);
        Assert.Equal((AdmissionResult.TooManyTokens, 100, 10), (refused.Result, refused.Tokens.Limit, refused.Tokens.Remaining));
        refused = tenant.Reserve(Key("b"), "guide", 40);
        Assert.Equal((AdmissionResult.TooManyTokens, 120, 30), (refused.Result, refused.Tokens.Limit, refused.Tokens.Remaining));
        Assert.Equal(AdmissionResult.Admitted, tenant.Reserve(Key("b"), "other", 60).Result);
        Assert.Equal(AdmissionResult.TooManyTokens, tenant.Reserve(Key("c"), "other", 1).Result);

        tenant.Settle(Key("a"), "guide", 90, 10);
        Assert.Equal(AdmissionResult.Admitted, tenant.Reserve(Key("a"), "guide", 80).Result);
        Assert.Equal(AdmissionResult.Admitted, tenant.Change(Key("a"), "guide", 80, 70).Result);
        Assert.Equal(AdmissionResult.TooManyTokens, tenant.Change(Key("a"), "guide", 70, 91).Result);
        tenant.Settle(Key("a"), "guide", 70, 0);
        tenant.Settle(Key("b"), "other", 60, 60);
        Assert.Equal(80, tenant.Enter(Key("c")).Tokens.Remaining);
        time.Advance(_minute);
        Assert.Equal(100, tenant.Enter(Key("c")).Tokens.Remaining);
    }

    [Fact]
    public void What_can_never_be_admitted_is_not_told_to_wait()
    {
        var (tenant, time) = Create(new LimitsOptions { TokensPerMinute = 100 });
        Assert.Null(tenant.Reserve(Key("a"), "guide", 101).RetryAfter);
        tenant.Reserve(Key("a"), "guide", 60);
        tenant.Settle(Key("a"), "guide", 60, 60);
        time.Advance(TimeSpan.FromSeconds(20));
        Assert.InRange(tenant.Reserve(Key("a"), "guide", 50).RetryAfter!.Value.TotalSeconds, 40, 40.25);
    }

    [Fact]
    public void Limits_of_a_changed_file_are_in_force_at_once_and_forget_nothing()
    {
        var (tenant, _) = Create(new LimitsOptions());
        var small = new TenantLimitSet { TokensPerMinute = 50, RequestsPerMinute = 7 };
        Assert.Equal(AdmissionResult.Admitted, tenant.Reserve(Key("a"), "guide", 60).Result);
        Assert.Equal(AdmissionResult.TooManyTokens, tenant.Reserve(Key("a", tenant: small), "guide", 1).Result);
        var large = Key("a", new LimitSet { TokensPerMinute = 80 }, small with { TokensPerMinute = 70 });
        Assert.Equal(10, tenant.Enter(large).Tokens.Remaining);
        Assert.Equal(6, tenant.Enter(large).Requests.Remaining + 1);
    }

    [Fact]
    public void A_model_that_gets_limits_while_requests_run_knows_of_these()
    {
        var options = new LimitsOptions();
        var (tenant, _) = Create(() => options);
        Assert.Equal(AdmissionResult.Admitted, tenant.Reserve(Key("a"), "guide", 60).Result);
        options = new LimitsOptions { Models = { ["guide"] = new LimitSet { TokensPerMinute = 100, ConcurrentRequests = 2 } } };
        Assert.Equal(40, tenant.Reserve(Key("a"), "guide", 50).Tokens.Remaining);
        Assert.Equal(AdmissionResult.Admitted, tenant.Reserve(Key("a"), "guide", 40).Result);
        Assert.Equal(AdmissionResult.TooManyRunning, tenant.Reserve(Key("b"), "guide", 1).Result);
        tenant.Settle(Key("a"), "guide", 60, 0);
        Assert.Equal(AdmissionResult.TooManyTokens, tenant.Reserve(Key("b"), "guide", 61).Result);
        Assert.Equal(AdmissionResult.Admitted, tenant.Reserve(Key("b"), "guide", 60).Result);
    }

    [Fact]
    public void A_clock_that_steps_back_neither_locks_nor_frees()
    {
        var (tenant, time) = Create(new LimitsOptions { RequestsPerMinute = 1 });
        Pass(tenant, Key("a"));
        time.SetWallClockBack(TimeSpan.FromHours(2));
        Assert.Equal(AdmissionResult.TooManyRequests, Pass(tenant, Key("a")));
        time.Advance(_minute);
        Assert.Equal(AdmissionResult.Admitted, Pass(tenant, Key("a")));
    }

    [Fact]
    public async Task Under_parallel_requests_exactly_the_limit_is_admitted()
    {
        var (tenant, _) = Create(new LimitsOptions { RequestsPerMinute = 500, TenantRequestsPerMinute = 700, TenantTokensPerMinute = 650, TenantConcurrentRequests = 100_000 });
        var (admitted, reserved) = (0, 0);
        await Parallel.ForEachAsync(Enumerable.Range(0, 4000), (i, _) =>
        {
            var key = Key(i % 2 == 0 ? "a" : "b");
            if (Pass(tenant, key) == AdmissionResult.Admitted)
                Interlocked.Increment(ref admitted);
            if (tenant.Reserve(key, "guide", 1).Result == AdmissionResult.Admitted)
                Interlocked.Increment(ref reserved);
            return ValueTask.CompletedTask;
        });
        Assert.Equal((700, 650), (admitted, reserved));
    }
}
