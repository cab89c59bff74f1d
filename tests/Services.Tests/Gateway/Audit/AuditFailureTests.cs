using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Audit;
using Zakenak.Gateway.Audit;
using Zakenak.Services.Tests.Audit;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Audit;

/// <summary>What happens while the disk takes no records.</summary>
public sealed class AuditFailureTests
{
    private static readonly TestTrustDomain _domain = new();

    private static Task<GatewayHost> StartAsync(StubModelServer server, FakeDisk disk, params (string, string)[] settings) =>
        GatewayHost.StartAsync(_domain, [server],
            builder => builder.Services.AddSingleton<Func<AuditLogOptions, AuditLog>>(_ => options => AuditLog.Open(options, TimeProvider.System, disk.Open)),
            settings);

    private static IEnumerable<AuditRecord> Records(GatewayHost gateway) => AuditHistory.Read(gateway.AuditFolder).Select(r => r.Record);

    [Fact]
    public async Task With_a_full_disk_new_requests_are_refused_those_under_way_end_and_no_record_is_lost()
    {
        using var disk = new FakeDisk();
        await using var server = await StubModelServer.StartAsync(_domain);
        var (mayEnd, begun) = (new TaskCompletionSource(), new TaskCompletionSource());
        server.Answer = async context =>
        {
            begun.SetResult();
            await mayEnd.Task;
            await StubModelServer.AnswerAsync(context, StubModelServer.Completion("Hello."));
        };
        await using var gateway = await StartAsync(server, disk);
        var underWay = gateway.AskAsync(GatewayHost.Chat());
        await begun.Task;
        disk.RoomLeft = 0;
        (await gateway.Client.GetAsync("/v1/models")).Dispose();
        await gateway.Logs.WaitForAsync("Failed to record requests");

        using var refused = await gateway.Client.GetAsync("/v1/models");
        var error = await GatewayHost.ErrorOf(refused, HttpStatusCode.ServiceUnavailable);
        Assert.Equal("audit_unavailable", error.Code);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.NotEmpty(refused.Headers.GetValues("x-request-id"));
        using var client = new HttpClient();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync(new Uri(gateway.ManagementUrl, "/healthz"))).StatusCode);
        var act = await gateway.Services.GetRequiredService<GatewayAudit>().RecordAsync(new AuditRecord("admin", "key.created", "k", AuditOutcome.Done));
        Assert.Equal("audit_unavailable", act!.Code);
        mayEnd.SetResult();
        using var ended = await underWay;
        Assert.Equal(HttpStatusCode.OK, ended.StatusCode);

        disk.RoomLeft = long.MaxValue;
        await gateway.Logs.WaitForAsync("had waited for the disk");
        using var after = await gateway.Client.GetAsync("/v1/models");
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
        await GatewayHost.Until(() => Records(gateway).Count(r => r.Action == "request.answered") == 3);
        var gap = Assert.Single(Records(gateway), r => r.Action == "requests.unrecorded");
        Assert.Equal(("1", "0"), (gap.Details["refused"], gap.Details["answered"]));
        Assert.True(AuditVerifier.Verify(gateway.AuditFolder).Holds);
    }

    [Fact]
    public async Task Told_to_continue_it_answers_and_the_log_says_how_many_have_no_record()
    {
        using var disk = new FakeDisk();
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await StartAsync(server, disk, ("Audit:WhenUnrecorded", "Continue"), ("Audit:MaxWaiting", "2"));
        disk.RoomLeft = 0;
        (await gateway.Client.GetAsync("/v1/models")).Dispose();
        await gateway.Logs.WaitForAsync("Failed to record requests");
        for (var i = 0; i < 4; i++)
        {
            using var answered = await gateway.Client.GetAsync("/v1/models");
            Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
        }

        disk.RoomLeft = long.MaxValue;
        await GatewayHost.Until(() => Records(gateway).Any(r => r.Action == "requests.unrecorded"));
        Assert.Equal(("0", "3"), Assert.Single(Records(gateway), r => r.Action == "requests.unrecorded") is var gap ? (gap.Details["refused"], gap.Details["answered"]) : default);
        await GatewayHost.Until(() => Records(gateway).Count(r => r.Action == "request.answered") == 2);
    }

    [Fact]
    public async Task An_administrators_act_is_on_disk_before_it_is_done()
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, []);
        var audit = gateway.Services.GetRequiredService<GatewayAudit>();
        Assert.Null(await audit.RecordAsync(new AuditRecord("spiffe://zakenak.local/ns/dev/sa/operator", "key.created", "k1", AuditOutcome.Done)));
        Assert.Contains(Records(gateway), r => r is { Action: "key.created", Subject: "k1" });
    }
}
