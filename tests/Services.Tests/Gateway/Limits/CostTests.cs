using System.Buffers;
using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Zakenak.Gateway.ApiKeys;
using Zakenak.Gateway.Limits;
using Zakenak.Gateway.Limits.Leases;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Screening;

namespace Zakenak.Services.Tests.Gateway;

public class CostTests(ITestOutputHelper output)
{
    [Fact]
    public void All_limits_and_headers_of_a_request_allocate_less_than_1_KB()
    {
        var options = new LimitsOptions
        {
            RequestsPerMinute = LimitsOptions.MaxRequestsPerMinute,
            TenantRequestsPerMinute = LimitsOptions.MaxRequestsPerMinute,
            TokensPerMinute = LimitsOptions.MaxTokensPerMinute,
            TenantTokensPerMinute = LimitsOptions.MaxTokensPerMinute,
            Models = { ["guide"] = new LimitSet { TokensPerMinute = LimitsOptions.MaxTokensPerMinute } },
        };
        var limiter = new RequestLimiter(() => options, TimeProvider.System);
        var headers = new RateLimitHeaders();
        var client = new Client { KeyId = "0123456789abcdef", Tenant = "acme", Models = [], Features = [] };
        using var body = new ScreenedBody(ArrayPool<byte>.Shared.Rent(1024), 600, new RequestFields("guide", Stream: true, WantsUsage: true, null, 0));
        var answer = new HeaderDictionary();
        const int Requests = 20_000;
        Run(Requests);
        var (bytes, clock) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.StartNew());
        Run(Requests);
        var each = (GC.GetAllocatedBytesForCurrentThread() - bytes) / (double)Requests;
        output.WriteLine($"{each:F0} B and {clock.Elapsed.TotalMicroseconds / Requests:F2} us for each request");
        Assert.InRange(each, 1, 1024);

        static Admission Now(ValueTask<Admission> admission)
        {
            Assert.True(admission.IsCompletedSuccessfully);
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
