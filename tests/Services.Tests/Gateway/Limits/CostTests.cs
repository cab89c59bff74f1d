using System.Buffers;
using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Zakenak.Gateway.Identity;
using Zakenak.Gateway.Limits;
using Zakenak.Gateway.Limits.Leases;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Screening;

namespace Zakenak.Services.Tests.Gateway;

public class CostTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(false, 20_000)]
    [InlineData(true, 2_000)] // within the part that one exchange leases
    public async Task All_limits_and_headers_of_a_request_allocate_less_than_1_KB_and_wait_for_nothing(bool shared, int count)
    {
        var options = new LimitsOptions
        {
            RequestsPerMinute = LimitsOptions.MaxRequestsPerMinute,
            TenantRequestsPerMinute = LimitsOptions.MaxRequestsPerMinute,
            TokensPerMinute = LimitsOptions.MaxTokensPerMinute,
            TenantTokensPerMinute = LimitsOptions.MaxTokensPerMinute,
            Models = { ["guide"] = new LimitSet { TokensPerMinute = LimitsOptions.MaxTokensPerMinute } },
        };
        var exchange = new LeaseExchange(new MemoryLeases(), () => options, TimeProvider.System);
        using var leases = new LimitLeases(exchange, () => options, TimeProvider.System, NullLogger<LimitLeases>.Instance);
        var limiter = new RequestLimiter(() => options, TimeProvider.System, shared ? leases : null);
        var headers = new RateLimitHeaders();
        var client = new Client { KeyId = "0123456789abcdef", Tenant = "acme", Models = [], Features = [] };
        using var body = new ScreenedBody(ArrayPool<byte>.Shared.Rent(1024), 600, new RequestFields("guide", Stream: true, WantsUsage: true, null, 0));
        var answer = new HeaderDictionary();
        for (var i = 0; shared && i < 2; i++)
        {
            // The first makes the budgets known, and then the model's.
            var tenant = limiter.For(client.Tenant);
            if (tenant.Enter(client).Result == AdmissionResult.Admitted)
                tenant.Leave(client);
            tenant.Reserve(client, "guide", 1);
            await exchange.RenewAsync(default);
        }

        Run(count);
        var (bytes, clock) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.StartNew());
        Run(count);
        var each = (GC.GetAllocatedBytesForCurrentThread() - bytes) / (double)count;
        output.WriteLine($"{each:F0} B and {clock.Elapsed.TotalMicroseconds / count:F2} us for each request");
        Assert.InRange(each, 1, 1024);

        static Admission Now(ValueTask<Admission> admission)
        {
            Assert.True(admission.IsCompletedSuccessfully && admission.Result.Result == AdmissionResult.Admitted);
            return admission.Result;
        }

        void Run(int requests)
        {
            for (var i = 0; i < requests; i++)
            {
                var tenant = limiter.For(client.Tenant);
                headers.Write(answer, Now(tenant.EnterAsync(client, default)));
                var reservation = new TokenReservation(tenant, client, "guide", limiter.PromptsOf("guide:v1"), body, options.DefaultTokensOf(client, "guide"));
                headers.Write(answer, Now(reservation.ReserveAsync(default)));
                reservation.Settle(new TokenUsage(150, 20));
                tenant.Leave(client);
            }
        }
    }
}
