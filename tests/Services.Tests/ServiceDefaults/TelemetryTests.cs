using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Zakenak.Contracts;

namespace Zakenak.Services.Tests.ServiceDefaults;

public class TelemetryTests
{
    [Fact]
    public async Task Spans_and_metrics_go_out_by_otlp_with_route_and_caller_and_without_query()
    {
        var received = new ConcurrentDictionary<string, string>();
        var receiver = WebApplication.CreateSlimBuilder();
        receiver.Logging.ClearProviders();
        receiver.WebHost.UseUrls("http://127.0.0.1:0");
        await using var collector = receiver.Build();
        collector.MapPost("/v1/{signal}", async (HttpContext context, string signal) =>
        {
            Assert.Equal("application/x-protobuf", context.Request.ContentType);
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            var text = Encoding.Latin1.GetString(body.ToArray());
            received.AddOrUpdate(signal, text, (_, before) => before + text);
        });
        await collector.StartAsync(TestContext.Current.CancellationToken);

        var domain = new TestTrustDomain();
        var service = await EchoService.StartAsync(
            domain.CreateIdentity(ServiceNames.ModelServer),
            b => b.Configuration.AddInMemoryCollection([new("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Urls.First())]));
        await using (service)
        {
            using var client = service.CreateClient(domain.CreateIdentity(ServiceNames.Gateway));
            await client.GetStringAsync("/who?token=hunter2");
            using var management = new HttpClient { BaseAddress = service.ManagementUrl };
            await management.GetStringAsync("/healthz");
        }

        // Disposing flushed.
        var spans = received["traces"];
        Assert.Contains("GET /who", spans);
        Assert.Contains("spiffe://zakenak.local/ns/dev/sa/gateway", spans);
        Assert.Contains("model-server", spans);
        Assert.DoesNotContain("hunter2", spans);

        // A server's span is named by method and route; the spans of this test's own client are called GET alone.
        Assert.DoesNotContain("GET /healthz", spans);
        Assert.Contains("http.server.request.duration", received["metrics"]);
    }
}
