using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.CertAuthority;

/// <summary>The life of a workload's identity against a real authority: enrollment, renewal, loss.</summary>
[Collection(nameof(WorkloadLifeTests))] // they set the process's exit code
public sealed class WorkloadLifeTests : IDisposable
{
    private readonly AuthorityHome _home = new();
    private readonly ForwardClock _clockOfServer = new();
    private readonly ForwardClock _clockOfGateway = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task A_service_started_before_the_authority_says_what_it_waits_for_and_then_enrolls()
    {
        var port = FreePort.Next();
        var url = new Uri($"https://127.0.0.1:{port}");
        await using var service = await EnrolledService.StartAsync(_home, url, ServiceNames.ModelServer);
        await Eventually.IsTrueAsync(async () => (await service.GetHealthAsync()).Reason.Contains("trust anchors file", StringComparison.Ordinal), "health names the missing file");
        Assert.Equal(503, (await service.GetHealthAsync()).Status);

        await using var authority = await RunningAuthority.StartAsync(_home, port: port);
        await service.EnrolledAsync();
        Assert.Equal("spiffe://zakenak.local/ns/dev/sa/model-server", SvidProfile.Read(service.Identity.Current.Certificate).Id!.ToString());
        await Eventually.IsTrueAsync(() => !File.Exists(service.TokenFile), "the spent token's file is deleted");
        Assert.Equal((200, "Healthy"), (await service.GetHealthAsync()) is var (status, identity, _) ? (status, identity) : default);
    }

    [Fact]
    public async Task A_spent_token_whose_file_cannot_be_deleted_stops_nothing()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("needs a file that even its owner cannot delete: an open one under /proc");
        }

        using var logs = new RecordedLog();
        await using var authority = await RunningAuthority.StartAsync(_home);
        using var open = File.OpenHandle(_home.TokenFile(ServiceNames.ModelServer));
        await using var service = await EnrolledService.StartAsync(
            _home, authority.Url, ServiceNames.ModelServer, $"/proc/self/fd/{open.DangerousGetHandle()}", b => b.Logging.AddProvider(logs));
        await service.EnrolledAsync();
        Assert.StartsWith("Warning", await logs.WaitForAsync("Could not delete the spent token's file"), StringComparison.Ordinal);
        Assert.False(service.Stopping.IsCancellationRequested);
    }

    [Fact]
    public async Task A_token_is_never_sent_to_whoever_is_not_the_authority()
    {
        // Knows the address, has a certificate of the right shape, but of another root.
        await using (await RunningAuthority.StartAsync(_home))
        {
        }

        using var elsewhere = new AuthorityHome();
        await using var impostor = await RunningAuthority.StartAsync(elsewhere);
        await using var service = await EnrolledService.StartAsync(_home, impostor.Url, ServiceNames.ModelServer);
        await Eventually.IsTrueAsync(async () => (await service.GetHealthAsync()).Reason.Contains("refused its certificate because", StringComparison.Ordinal), "health names the refusal");
        Assert.False(service.Identity.IsEnrolled);
        Assert.True(File.Exists(service.TokenFile));
    }

    [Fact]
    public async Task A_token_is_never_sent_to_another_service_of_the_trust_domain()
    {
        await using var authority = await RunningAuthority.StartAsync(_home);
        await using var other = await EnrolledService.StartAsync(_home, authority.Url, ServiceNames.FeatureProxy);
        await other.EnrolledAsync();
        await using var service = await EnrolledService.StartAsync(_home, other.TrafficUrl, ServiceNames.ModelServer);
        await Eventually.IsTrueAsync(async () => (await service.GetHealthAsync()).Reason.Contains("it is spiffe://zakenak.local/ns/dev/sa/feature-proxy's", StringComparison.Ordinal), "health names the wrong id");
        Assert.True(File.Exists(service.TokenFile));
    }

    [Fact]
    public async Task Rotation_under_load_fails_no_request()
    {
        await using var authority = await RunningAuthority.StartAsync(_home);
        await using var server = await EnrolledService.StartAsync(_home, authority.Url, ServiceNames.ModelServer, configure: b => b.Services.AddSingleton<TimeProvider>(_clockOfServer));
        await using var gateway = await EnrolledService.StartAsync(_home, authority.Url, ServiceNames.Gateway, configure: b => b.Services.AddSingleton<TimeProvider>(_clockOfGateway));
        await server.EnrolledAsync();
        await gateway.EnrolledAsync();
        var serials = new HashSet<string>();
        using var client = new HttpClient(WorkloadHttpHandler.Create(gateway.Identity, ServiceNames.ModelServer)) { BaseAddress = server.TrafficUrl };
        var (sent, isOver) = (0, false);
        var work = Task.WhenAll(Enumerable.Range(0, 4).Select(async worker =>
        {
            while (!Volatile.Read(ref isOver))
            {
                var text = $"{worker}-{Interlocked.Increment(ref sent)}";
                using var answer = await client.PostAsync("/echo", new StringContent(text));
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                Assert.Equal(text, await answer.Content.ReadAsStringAsync());
                lock (serials)
                {
                    serials.Add(server.Identity.Current.Certificate.SerialNumber);
                    serials.Add(gateway.Identity.Current.Certificate.SerialNumber);
                }

                await Task.Delay(5);
            }
        }));

        // After an hour's half, which is 36 minutes at most, and after what is left of the next one's.
        foreach (var (minutes, count) in ((int, int)[])[(0, 2), (37, 4), (15, 6)])
        {
            await PutForwardAsync(minutes);
            var before = Volatile.Read(ref sent);
            await Eventually.IsTrueAsync(() => work.IsCompleted || (Volatile.Read(ref sent) > before + 170 && Serials() >= count), "both have another SVID, with which requests go on");
        }

        Volatile.Write(ref isOver, true);
        await work;

        int Serials()
        {
            lock (serials)
                return serials.Count;
        }
    }

    [Fact]
    public async Task With_the_authority_down_a_service_goes_on_warns_and_at_expiry_stops_with_code_4()
    {
        var before = Environment.ExitCode;
        try
        {
            EnrolledService server, gateway;
            await using (var authority = await RunningAuthority.StartAsync(_home))
            {
                server = await EnrolledService.StartAsync(_home, authority.Url, ServiceNames.ModelServer, configure: b => b.Services.AddSingleton<TimeProvider>(_clockOfServer));
                gateway = await EnrolledService.StartAsync(_home, authority.Url, ServiceNames.Gateway, configure: b => b.Services.AddSingleton<TimeProvider>(_clockOfGateway));
                await server.EnrolledAsync();
                await gateway.EnrolledAsync();
            }

            await using (server)
            await using (gateway)
            {
                await PutForwardAsync(37);
                await Eventually.IsTrueAsync(async () => (await server.GetHealthAsync()) is (200, "Degraded", var reason) && reason.Contains("expires in", StringComparison.Ordinal), "it warns while it works");
                using var client = new HttpClient(WorkloadHttpHandler.Create(gateway.Identity, ServiceNames.ModelServer)) { BaseAddress = server.TrafficUrl };
                using var answer = await client.PostAsync("/echo", new StringContent("still here"));
                Assert.Equal("still here", await answer.Content.ReadAsStringAsync());
                Assert.False(server.Stopping.IsCancellationRequested);

                await PutForwardAsync(24);
                await Eventually.IsTrueAsync(() => server.Stopping.IsCancellationRequested, "the service stops when its identity is lost");
                Assert.Equal(ExitCodes.IdentityLost, Environment.ExitCode);
            }
        }
        finally
        {
            Environment.ExitCode = before;
        }
    }

    [Fact]
    public async Task A_token_spent_by_another_stops_the_service_with_code_4()
    {
        var before = Environment.ExitCode;
        try
        {
            await using var authority = await RunningAuthority.StartAsync(_home);
            var tokenFile = _home.TokenFile(ServiceNames.ModelServer);
            Assert.Equal(200, (await authority.PostAsync(await File.ReadAllTextAsync(tokenFile), RunningAuthority.Csr())).Status);
            await using var service = await EnrolledService.StartAsync(_home, authority.Url, ServiceNames.ModelServer, tokenFile);
            await Eventually.IsTrueAsync(() => service.Stopping.IsCancellationRequested, "the service stops");
            Assert.Equal(ExitCodes.IdentityLost, Environment.ExitCode);
        }
        finally
        {
            Environment.ExitCode = before;
        }
    }

    [Fact]
    public async Task The_authority_renews_its_own_svid()
    {
        await using var authority = await RunningAuthority.StartAsync(_home, svidLifetime: "00:01:30", configure: b => b.Services.AddSingleton<TimeProvider>(_clockOfServer));
        var identity = authority.Services.GetRequiredService<IWorkloadIdentity>();
        var first = await identity.WaitForSvidAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(60));

        // Less than an SVID is dated back: by the machine's clock the second one is valid too.
        await _clockOfServer.PutForwardAsync(TimeSpan.FromSeconds(55));
        await Eventually.IsTrueAsync(() => identity.Current != first, "a second SVID");
        Assert.Equal(200, (await authority.PostAsync(_home.Token(), RunningAuthority.Csr())).Status);
    }

    private async Task PutForwardAsync(int minutes)
    {
        await _clockOfServer.PutForwardAsync(TimeSpan.FromMinutes(minutes));
        await _clockOfGateway.PutForwardAsync(TimeSpan.FromMinutes(minutes));
    }
}
