using System.Collections.Concurrent;
using System.Security.Cryptography;
using Zakenak.Audit;
using Zakenak.Contracts;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Pods;

/// <summary>What SIGKILL in the middle of everything leaves of the gateway's audit log.</summary>
public sealed class AuditCrashTests
{
    [Fact]
    public async Task A_gateway_killed_under_load_leaves_a_log_that_holds_up_to_its_last_group_and_goes_on_after_it()
    {
        await using var pod = await Pod.CreateAsync();
        var folder = pod["state/audit"];
        (string, string)[] settings =
        [
            ("ApiKeys:File", pod.WriteApiKeys()), ("ModelServers:Urls:0", $"dns:localhost:{FreePort.Next()}"),
            ("Audit:Directory", folder), ("Audit:MaxFileBytes", "65536"),
        ];
        var answered = new ConcurrentQueue<string>();
        string[] recorded;
        using var stop = new CancellationTokenSource();
        Task[] load;
        await using (var gateway = pod.Start(ServiceNames.Gateway, settings))
        {
            await gateway.ReadyAsync();
            load = [.. Enumerable.Range(0, 4).Select(_ => AskAsync(gateway.TrafficUrl, answered, stop.Token))];
            await Eventually.IsTrueAsync(() => answered.Count >= 300, "it answered 300 requests");
            recorded = [.. answered];
            await Eventually.IsTrueAsync(() => recorded.Except(Subjects(folder)).FirstOrDefault() is null, "they are recorded");
        }

        // That was SIGKILL, while it was asked.
        await stop.CancelAsync();
        await Task.WhenAll(load);
        using var key = ECDsa.Create();
        key.ImportFromPem(await File.ReadAllTextAsync(Path.Combine(folder + "-key", "key.pub.pem")));
        var found = AuditVerifier.Verify(folder, ServiceNames.Gateway, [key]);
        Assert.True(found.Fault is null or { Code: "torn_record" }, found.Fault?.ToString());
        Assert.Empty(recorded.Except(Subjects(folder)));

        await using (var again = pod.Start(ServiceNames.Gateway, settings))
            await again.ReadyAsync();
        found = AuditVerifier.Verify(folder, ServiceNames.Gateway, [key]);
        Assert.True(found.Holds, found.Fault?.ToString());
        Assert.Empty(recorded.Except(Subjects(folder)));
        Assert.Equal(Subjects(folder).Length, Subjects(folder).Distinct().Count());
    }

    private static string[] Subjects(string folder) =>
        [.. AuditHistory.Read(folder).Where(r => r.Record.Action == "request.answered").Select(r => r.Record.Subject)];

    private static async Task AskAsync(Uri url, ConcurrentQueue<string> answered, CancellationToken stop)
    {
        using var client = new HttpClient(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } });
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var answer = await client.GetAsync(new Uri(url, "/v1/models"), stop);
                answered.Enqueue(answer.Headers.GetValues("x-request-id").Single());
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                return;
            }
        }
    }
}
