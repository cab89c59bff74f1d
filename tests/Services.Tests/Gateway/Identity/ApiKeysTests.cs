using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Zakenak.Audit;
using Zakenak.Contracts;
using Zakenak.Gateway.Identity;
using Zakenak.Gateway.Identity.ApiKeys;
using Zakenak.ServiceDefaults;
using Zakenak.ServiceDefaults.Grants;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Identity;

public sealed class ApiKeysTests : IDisposable
{
    private static readonly TestTrustDomain _domain = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("zakenak-keys-");

    private string KeyFile => Path.Combine(_folder.FullName, "keys.json");

    public void Dispose() => _folder.Delete(recursive: true);

    private static string Entry(string key, string more = "") =>
        $$"""{"id":"{{key.Substring(3, 16)}}","sha256":"{{Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(key)))}}","tenant":"acme"{{more}}}""";

    private void Write(params string[] entries) => File.WriteAllText(KeyFile, "{\"keys\":[" + string.Join(',', entries) + "]}");

    private ApiKeyRing Ring()
    {
        var file = ApiKeyFile.Read(KeyFile);
        return new ApiKeyRing(file.Keys.Select(k => ApiKeyRing.Entry.Of(k, file.TenantLimits)), file.TenantLimits);
    }

    private static async Task<HttpStatusCode> StatusAsync(GatewayHost gateway, string? authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        if (authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        using var answer = await gateway.Anonymous.SendAsync(request);
        if (answer.StatusCode != HttpStatusCode.OK)
        {
            Assert.Equal("invalid_api_key", (await GatewayHost.ErrorOf(answer, HttpStatusCode.Unauthorized)).Code);
            Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.ToString());
        }

        return answer.StatusCode;
    }

    [Fact]
    public async Task Without_the_right_key_every_answer_is_the_same_401()
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, []);
        var key = gateway.Key;
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway, "Bearer " + key));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway, "bearer  " + key));
        var other = ApiKey.Create();
        string?[] wrong =
        [
            null, "", "Bearer", "Bearer ", "Basic " + key, key, "Bearer " + key[..^1], "Bearer " + key + "x",
            "Bearer " + other, "Bearer " + key[..20] + other[20..], "Bearer " + key.ToUpperInvariant(), "Bearer " + new string('-', 63),
            "Bearer " + new string('a', 8000),
        ];
        foreach (var authorization in wrong)
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(gateway, authorization));
        using var post = await gateway.Anonymous.PostAsync("/v1/chat/completions", GatewayHost.Json(GatewayHost.Chat()));
        Assert.Equal("invalid_api_key", (await GatewayHost.ErrorOf(post, HttpStatusCode.Unauthorized)).Code);
    }

    [Fact]
    public void An_unknown_id_takes_as_long_as_a_wrong_secret()
    {
        var key = ApiKey.Create();
        var hash = new byte[32];
        ApiKey.Hash(key, hash);
        var ring = new ApiKeyRing([new ApiKeyRing.Entry(new Client { KeyId = key.Substring(3, 16), Tenant = "t", Models = [], Features = [] }, hash)], ApiKeyFile.Empty.TenantLimits);
        var wrongSecret = key[..20] + ApiKey.Create()[20..];
        var unknownId = ApiKey.Create();

        // The fastest of many short runs of both in turn, so that what else this machine does stays out of it; a missing hash would show as a factor.
        double Time(string text)
        {
            var began = System.Diagnostics.Stopwatch.GetTimestamp();
            for (var i = 0; i < 200; i++)
                Assert.Null(ring.Authenticate(text, DateTimeOffset.UtcNow).Client);
            return System.Diagnostics.Stopwatch.GetElapsedTime(began).TotalMicroseconds;
        }

        var (unknown, wrong) = (double.MaxValue, double.MaxValue);
        for (var run = 0; run < 400; run++)
        {
            unknown = Math.Min(unknown, Time(unknownId));
            wrong = Math.Min(wrong, Time(wrongSecret));
        }

        Assert.InRange(unknown / wrong, 0.7, 1.4);
    }

    [Fact]
    public async Task Keys_of_the_file_are_hot_reloaded_and_a_broken_file_keeps_the_last_good()
    {
        string first = ApiKey.Create(), second = ApiKey.Create();
        Write(Entry(first));
        await using var gateway = await GatewayHost.StartAsync(_domain, [],
            ("ApiKeys:File", KeyFile), ("ApiKeys:ReloadInterval", "00:00:00.050"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway, "Bearer " + first));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(gateway, "Bearer " + second));

        Write(Entry(first), Entry(second));
        await gateway.Logs.WaitForAsync("Loaded 3 API keys");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway, "Bearer " + second));

        File.WriteAllText(KeyFile, "{\"keys\":[" + Entry(first)[..^9]);
        var line = await gateway.Logs.WaitForAsync("Refused the changed file of API keys");
        Assert.Contains("line 1", line);
        Assert.DoesNotContain(gateway.Logs.Lines, l => l.Contains(Entry(first).Substring(30, 40), StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway, "Bearer " + second));

        Write(Entry(second));
        await GatewayHost.Until(() => StatusAsync(gateway, "Bearer " + first).GetAwaiter().GetResult() == HttpStatusCode.Unauthorized);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway, "Bearer " + gateway.Key));
    }

    [Theory]
    [InlineData("{", "line 1")]
    [InlineData("[]", "at $")]
    [InlineData("{\"keys\":[{\"id\":\"x\"}]}", "at $")]
    [InlineData("{\"keys\":[{\"id\":\"x\",\"sha256\":\"\",\"tenant\":\"t\"}]}", "$.keys[0].id")]
    [InlineData("{\"keys\":[{\"id\":\"0123456789abcdef\",\"sha256\":\"00\",\"tenant\":\"t\"}]}", "$.keys[0].sha256")]
    [InlineData("{\"keys\":[{\"id\":\"0123456789abcdef\",\"sha256\":\"HASH\",\"tenant\":\"T T\"}]}", "$.keys[0].tenant")]
    [InlineData("{\"keys\":[{\"id\":\"0123456789abcdef\",\"sha256\":\"HASH\",\"tenant\":\"t\",\"plan\":1}]}", "$.keys[0].plan")]
    [InlineData("{\"keys\":[{\"id\":\"0123456789abcdef\",\"sha256\":\"HASH\",\"tenant\":\"t\",\"requests_per_minute\":0}]}", "$.keys[0].requests_per_minute")]
    [InlineData("{\"keys\":[{\"id\":\"0123456789abcdef\",\"sha256\":\"HASH\",\"tenant\":\"t\",\"tokens_per_minute\":-1}]}", "$.keys[0].tokens_per_minute")]
    [InlineData("{\"keys\":[{\"id\":\"0123456789abcdef\",\"sha256\":\"HASH\",\"tenant\":\"t\",\"scopes\":[\"all\"]}]}", "$.keys[0].scopes")]
    [InlineData("{\"keys\":[],\"tenants\":{\"t\":{\"concurrent_requests\":0}}}", "$.tenants.t.concurrent_requests")]
    [InlineData("{\"keys\":[],\"tenants\":{\"t\":{\"models\":{\"guide\":{\"default_max_tokens\":0}}}}}", "$.tenants.t.models['guide'].default_max_tokens")]
    [InlineData("{\"keys\":[],\"tenants\":{\"t\":{\"token_per_minute\":1}}}", "$.tenants.t.token_per_minute")]
    [InlineData("{\"keys\":[],\"tenants\":{\"T T\":{}}}", "$.tenants")]
    [InlineData("{\"keys\":[{\"id\":\"0123456789abcdef\",\"sha256\":\"HASH\",\"tenant\":\"t\"},{\"id\":\"0123456789abcdef\",\"sha256\":\"HASH\",\"tenant\":\"t\"}]}", "$.keys[1].id")]
    public async Task A_broken_file_stops_the_start_and_the_place_is_named(string json, string place)
    {
        File.WriteAllText(KeyFile, json.Replace("HASH", new string('0', 64), StringComparison.Ordinal));
        await using var app = GatewayHost.Create(_domain.CreateIdentity(ServiceNames.Gateway), _folder.FullName, new RecordedLog(), [("ApiKeys:File", KeyFile)]);
        var refused = await Assert.ThrowsAsync<StartRefusedException>(() => app.StartAsync());
        Assert.Contains(KeyFile, refused.Message);
        Assert.Contains(place, refused.Message);
    }

    [Fact]
    public void An_expired_key_is_refused_from_its_last_moment_on()
    {
        var key = ApiKey.Create();
        Write(Entry(key, ",\"created\":\"2026-01-01T00:00:00Z\",\"expires\":\"2026-06-01T00:00:00Z\""));
        var ring = Ring();
        var expires = new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);
        Assert.NotNull(ring.Authenticate(key, expires.AddTicks(-1)).Client);
        Assert.Equal(AccessReasons.Expired, ring.Authenticate(key, expires).Fault?.Reason);
    }

    [Fact]
    public async Task A_key_reaches_its_own_models_only_and_its_grant_says_what_it_may_read()
    {
        var key = ApiKey.Create();
        Write(Entry(key, ",\"models\":[\"guide\"],\"features\":[{\"view\":\"customer\",\"entities\":[\"42\"]}]"));
        await using var server = await StubModelServer.StartAsync(_domain);
        server.Models = new Dictionary<string, string> { ["guide:v1"] = StubModelServer.Digest, ["other:v1"] = StubModelServer.Digest };
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], ("ApiKeys:File", KeyFile));
        gateway.Client.DefaultRequestHeaders.Remove("Authorization");
        gateway.Client.DefaultRequestHeaders.Add("Authorization", "Bearer " + key);

        var list = await gateway.Client.GetStringAsync("/v1/models");
        Assert.Contains("guide:v1", list);
        Assert.DoesNotContain("other", list);
        using var refused = await gateway.AskAsync(GatewayHost.Chat(model: "other:v1"));
        Assert.Equal("model_not_found", (await GatewayHost.ErrorOf(refused, HttpStatusCode.NotFound)).Code);
        using var allowed = await gateway.AskAsync(GatewayHost.Chat());
        Assert.Equal(HttpStatusCode.OK, allowed.StatusCode);

        var verifier = new GrantVerifier(_domain.CreateIdentity(ServiceNames.FeatureProxy), TimeProvider.System);
        var grant = verifier.Verify(Assert.Single(server.Requests).Headers[HeaderNames.Grant], ServiceNames.FeatureProxy).Grant;
        Assert.NotNull(grant);
        Assert.Equal(("acme", key.Substring(3, 16), "guide:v1"), (grant.Tenant, grant.KeyId, grant.Model));
        Assert.Equal(Assert.Single(allowed.Headers.GetValues("x-request-id")), grant.RequestId);
        var feature = Assert.Single(grant.Features);
        Assert.Equal(("customer", "42"), (feature.View, Assert.Single(feature.Entities)));
    }

    [Fact]
    public async Task A_key_may_ask_for_what_its_scopes_name_and_its_refusal_is_on_record()
    {
        string chat = ApiKey.Create(), nothing = ApiKey.Create(), old = ApiKey.Create(), gone = ApiKey.Create();
        Write(Entry(chat, ",\"scopes\":[\"chat\"]"), Entry(nothing, ",\"scopes\":[]"), Entry(old), Entry(gone, ",\"revoked\":\"2026-01-01T00:00:00Z\""));
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], ("ApiKeys:File", KeyFile));
        async Task<(HttpStatusCode, string?)> AskAsync(string key, string path, string? body)
        {
            using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, path) { Content = body is null ? null : GatewayHost.Json(body) };
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + key);
            using var answer = await gateway.Anonymous.SendAsync(request);
            return (answer.StatusCode, answer.IsSuccessStatusCode ? null : (await GatewayHost.ErrorOf(answer, answer.StatusCode)).Code);
        }

        (string Path, string? Body)[] chats = [("/v1/chat/completions", GatewayHost.Chat()), ("/v1/responses", """{"model":"guide","input":"Hi"}""")];
        (string Path, string? Body)[] others = [("/v1/models", null), ("/v1/models/guide", null), ("/v1/embeddings", "{}"), ("/v1/tokenize", "{}")];
        foreach (var (path, body) in chats)
        {
            Assert.Equal((HttpStatusCode.OK, null), await AskAsync(chat, path, body));
            Assert.Equal((HttpStatusCode.OK, null), await AskAsync(old, path, body));
            Assert.Equal((HttpStatusCode.Forbidden, "insufficient_scope"), await AskAsync(nothing, path, body));
            Assert.Equal((HttpStatusCode.Unauthorized, "invalid_api_key"), await AskAsync(gone, path, body));
        }

        foreach (var (path, body) in others)
            Assert.Equal((HttpStatusCode.Forbidden, "insufficient_scope"), await AskAsync(chat, path, body));
        using (var ollama = new HttpRequestMessage(HttpMethod.Get, "/api/tags"))
        {
            ollama.Headers.TryAddWithoutValidation("Authorization", "Bearer " + chat);
            using var tags = await gateway.Anonymous.SendAsync(ollama);
            Assert.Equal(HttpStatusCode.Forbidden, tags.StatusCode);
        }

        // Records are written in groups, and no answer waits for them.
        List<AuditRecord> records = [];
        await GatewayHost.Until(() => (records = [.. AuditHistory.Read(gateway.AuditFolder).Select(r => r.Record)]).Count(r => r.Action == "request.answered") == (4 * chats.Length) + others.Length + 1);
        Assert.Contains(records, r => r.Code == "insufficient_scope" && r.Actor == $"key:{chat.Substring(3, 16)}" && r.Details["access"] == "scope");
        Assert.Contains(records, r => r.Code == "invalid_api_key" && r.Actor == "anonymous" && r.Details["access"] == "revoked" && r.Details["shown"] == gone.Substring(3, 16));
    }

    [Fact]
    public void The_development_key_is_made_once_and_for_its_owner_only()
    {
        var path = Path.Combine(_folder.FullName, "sub", "dev-api-key");
        var made = DevelopmentKey.ReadOrCreate(path, out var created);
        Assert.True(created);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(path)!));
        }

        var again = DevelopmentKey.ReadOrCreate(path, out created);
        Assert.False(created);
        Assert.Equal(made.Hash, again.Hash);
        Assert.Equal("dev", again.Client.Tenant);
        Assert.Equal("*", Assert.Single(again.Client.Features).View);
        Assert.Single(Directory.GetFileSystemEntries(Path.GetDirectoryName(path)!));
        File.WriteAllText(path, "something else");
        Assert.Throws<InvalidDataException>(() => DevelopmentKey.ReadOrCreate(path, out _));
    }

    [Fact]
    public async Task Processes_that_start_together_agree_on_one_development_key()
    {
        var path = Path.Combine(_folder.FullName, "dev-api-key");
        var keys = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => DevelopmentKey.ReadOrCreate(path, out bool _).Client.KeyId)));
        Assert.Single(keys.Distinct());
        Assert.Single(_folder.GetFileSystemInfos());
    }

    [Fact]
    public void Outside_development_there_is_no_development_key()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.AddServiceDefaults(ServiceNames.Gateway);
        builder.AddApiKeys();
        builder.Configuration["Service:Namespace"] = "prod";
        builder.Configuration["ApiKeys:DevelopmentKeyFile"] = "dev-api-key";
        using var services = builder.Services.BuildServiceProvider();
        var refused = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptions<ApiKeysOptions>>().Value);
        Assert.Contains("ApiKeys:DevelopmentKeyFile", refused.Message);
    }
}
