using System.Text.RegularExpressions;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway;

public partial class RequestMetricsTests
{
    private static readonly TestTrustDomain _domain = new();

    [Fact]
    public async Task Metrics_count_requests_tokens_and_first_tokens_and_no_client_names_a_series()
    {
        // The SDK hears the meters of every gateway in this process: a name of this test's own tells its series from the others'.
        await using var server = await StubModelServer.StartAsync(_domain);
        server.Models = new Dictionary<string, string> { ["measured:v1"] = StubModelServer.Digest };
        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, StubModelServer.Event("a") + StubModelServer.UsageEvent + StubModelServer.Done);
        };
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        using (var answer = await gateway.AskAsync(GatewayHost.Chat(stream: true, model: "measured")))
            await answer.Content.ReadAsStringAsync();
        (await gateway.AskAsync(GatewayHost.Chat(model: "NAMED-BY-CLIENT"))).Dispose();
        await GatewayHost.Until(() => gateway.Logs.Lines.Count(l => l.Contains("Answered request", StringComparison.Ordinal)) == 2);

        using var client = new HttpClient();
        var text = await client.GetStringAsync(new Uri(gateway.ManagementUrl, "/metrics"));
        string[] Series(string name, string model = "measured:v1") => [.. Line().Matches(text).Select(m => m.Value)
            .Where(l => l.StartsWith(name, StringComparison.Ordinal) && l.Contains($"\"{model}\"", StringComparison.Ordinal))];
        Assert.Contains(Series("gen_ai_server_time_to_first_token"), l => l.Contains("_count{", StringComparison.Ordinal) && l.EndsWith(" 1", StringComparison.Ordinal));
        Assert.Contains(Series("gen_ai_client_token_usage"), l => l.Contains("_sum{", StringComparison.Ordinal) && l.Contains("\"input\"", StringComparison.Ordinal) && l.EndsWith(" 7", StringComparison.Ordinal));
        Assert.Contains(Series("gen_ai_client_token_usage"), l => l.Contains("_sum{", StringComparison.Ordinal) && l.Contains("\"output\"", StringComparison.Ordinal) && l.EndsWith(" 3", StringComparison.Ordinal));
        Assert.Contains(Series("gen_ai_server_request_duration", "none"), l => l.Contains("_count{", StringComparison.Ordinal) && l.Contains("model_not_found", StringComparison.Ordinal));
        Assert.DoesNotContain("NAMED-BY-CLIENT", text);
        Assert.Contains("zakenak_gateway_running_requests", text);
    }

    [GeneratedRegex("(?m)^[^#\n][^\n]*")]
    private static partial Regex Line();
}
