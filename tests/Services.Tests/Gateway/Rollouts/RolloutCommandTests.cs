using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Zakenak.ModelTrust.Tests.Cli;
using Zakenak.Services.Tests.Gateway.Admin;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Rollouts;

/// <summary>The commands, against a gateway that real requests go through: what they print is what the documentation shows.</summary>
public sealed class RolloutCommandTests : IAsyncLifetime
{
    private const int Clients = 200;

    private readonly TestTrustDomain _domain = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("zakenak-rollout-cli-");
    private readonly CancellationTokenSource _enough = new();
    private readonly string[] _keys = [.. Enumerable.Range(0, Clients).Select(_ =>
        $"zk-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}-{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32))}")];

    private StubModelServer _server = null!;
    private GatewayHost _gateway = null!;
    private CommandLine _cli = null!;
    private readonly SemaphoreSlim _asks = new(0);
    private Task _load = Task.CompletedTask;
    private volatile bool _isBroken;

    public async ValueTask InitializeAsync()
    {
        var file = Path.Combine(_folder.FullName, "keys.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new
        {
            keys = _keys.Select(k => new { id = k.Split('-')[1], sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(k))), tenant = "acme", requests_per_minute = 100_000 }),
        }));
        _server = await StubModelServer.StartAsync(_domain);
        _server.Models = new Dictionary<string, string> { ["guide:v1"] = StubModelServer.Digest, ["guide:v2"] = StubModelServer.Digest };
        _server.Answer = context => _isBroken && RolloutTests.GrantedModel(context.Request.Headers["x-zakenak-grant"]!) == "guide:v2" && Random.Shared.Next(10) == 0
            ? StubModelServer.AnswerAsync(context, """{"error":{"message":"m","type":"server_error","code":"c"}}""", 500)
            : StubModelServer.AnswerAsync(context, StubModelServer.Completion("Hello."));
        _gateway = await GatewayHost.StartAsync(_domain, [_server],
        [
            ("ApiKeys:File", file), ("Limits:TenantRequestsPerMinute", "100000"), ("Limits:TenantTokensPerMinute", "1000000000"), ("Limits:TokensPerMinute", "100000000"),
            ("KillSwitch:File", Path.Combine(_folder.FullName, "kills.json")), ("Resilience:FailuresToOpen", "1000"), .. Administrators.Named,
        ]);
        var svid = _domain.CreateIdentity("operator").Current;
        await File.WriteAllTextAsync(In("id.pem"), string.Join('\n', svid.Chain.Prepend(svid.Certificate).Select(c => c.ExportCertificatePem())));
        await File.WriteAllTextAsync(In("id.key"), svid.Certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        await File.WriteAllTextAsync(In("roots.pem"), string.Join('\n', _domain.Bundle.Roots.Select(c => c.ExportCertificatePem())));
        _cli = new CommandLine(_folder.FullName);
        _load = Task.Run(LoadAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _enough.CancelAsync();
        await _load;
        await _gateway.DisposeAsync();
        await _server.DisposeAsync();
        _enough.Dispose();
        _asks.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_canary_goes_from_five_percent_to_promoted_and_one_that_fails_goes_back()
    {
        await RunAsync(0, "rollout", "start", "guide:v1", "--switch");
        Assert.Contains("v1, promoted at 100 %", _cli.Output, StringComparison.Ordinal);
        await RunAsync(0, "rollout", "start", "guide:v2", "--steps", "5,25,50,100", "--wait", "1s", "--min-requests", "50");
        Assert.Contains("guide: v1 -> v2, running at 5 % (step 1 of 4", _cli.Output, StringComparison.Ordinal);
        await RunAsync(3, "rollout", "start", "guide:v2");
        Assert.StartsWith("rollout_under_way: ", _cli.Error, StringComparison.Ordinal);
        await UntilAsync("running at 25 %");
        await RunAsync(0, "rollout", "pause", "guide");
        Assert.Contains("paused at ", _cli.Output, StringComparison.Ordinal);
        await RunAsync(0, "rollout", "resume", "guide");
        await UntilAsync("promoted at 100 %");

        await RunAsync(0, "rollout", "rollback", "guide");
        Assert.Contains("rolled_back at 0 %", _cli.Output, StringComparison.Ordinal);
        _isBroken = true;
        await RunAsync(0, "rollout", "start", "guide:v2", "--steps", "5:10m,100:10m", "--min-requests", "50");
        await UntilAsync("rolled_back at 0 %");
        Assert.Contains("errors ", _cli.Output, StringComparison.Ordinal);
        await RunAsync(0, "rollout", "list");
        Assert.Contains("rolled_back", _cli.Output, StringComparison.Ordinal);
        await RunAsync(0, "rollout", "list", "--output", "json");
        Assert.Equal("gateway", JsonDocument.Parse(_cli.Output).RootElement.GetProperty("rollouts")[0].GetProperty("by").GetString());
    }

    [Fact]
    public async Task What_is_stopped_by_command_goes_on_by_command()
    {
        await RunAsync(0, "kill", "add", "tenant", "acme", "--reason", "key leaked");
        Assert.StartsWith("Stopped tenant acme.", _cli.Output, StringComparison.Ordinal);
        await RunAsync(0, "kill", "list");
        Assert.Contains("key leaked", _cli.Output, StringComparison.Ordinal);
        await RunAsync(0, "kill", "remove", "tenant", "acme");
        await RunAsync(3, "kill", "remove", "tenant", "acme");
        Assert.StartsWith("kill_not_found: ", _cli.Error, StringComparison.Ordinal);
        await RunAsync(2, "kill", "add", "planet", "earth");
        await RunAsync(2, "rollout", "start", "guide:v2", "--steps", "five");
        Assert.Contains("--steps takes shares", _cli.Error, StringComparison.Ordinal);
    }

    /// <remarks>Between two looks the clients ask for less than any step takes, so that none is passed unseen.</remarks>
    private async Task UntilAsync(string text)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        do
        {
            Assert.False(patience.IsCancellationRequested, _cli.Output);
            if (_asks.CurrentCount == 0)
                _asks.Release(100);
            await RunAsync(0, "rollout", "status", "guide");
        }
        while (!_cli.Output.Contains(text, StringComparison.Ordinal));
    }

    private async Task RunAsync(int expected, params string[] line)
    {
        var code = await _cli.Run([.. line, "--gateway", Administrators.UrlOf(_gateway).GetLeftPart(UriPartial.Authority), "--identity-cert", "id.pem", "--identity-key", "id.key", "--trust-anchors", "roots.pem"]);
        if (Environment.GetEnvironmentVariable("ROLLOUT_TRANSCRIPT") is { } transcript)
            await File.AppendAllTextAsync(transcript, $"$ zakenak {string.Join(' ', line)}\n{_cli.Output}{_cli.Error}\n");
        Assert.True(code == expected, $"{code}: {_cli.Output}{_cli.Error}");
    }

    /// <summary>Clients that ask one after the other as often as they may, each with a key of its own.</summary>
    private async Task LoadAsync()
    {
        for (var i = 0; ; i = (i + 1) % Clients)
        {
            await _asks.WaitAsync(_enough.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_enough.IsCancellationRequested)
                return;
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = GatewayHost.Json(GatewayHost.Chat()) };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _keys[i]);
            using var answer = await _gateway.Anonymous.SendAsync(request);
        }
    }

    private string In(string name) => Path.Combine(_folder.FullName, name);
}
