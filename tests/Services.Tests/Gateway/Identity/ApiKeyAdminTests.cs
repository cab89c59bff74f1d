using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Audit;
using Zakenak.Contracts;
using Zakenak.Gateway.Admin;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.Audit;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Identity;

public sealed class ApiKeyAdminTests : IDisposable
{
    private static readonly TestTrustDomain _domain = new();
    private readonly TemporaryFolder _folder = new();

    private string KeyFile => _folder["keys.json"];

    public void Dispose() => _folder.Dispose();

    private Task<GatewayHost> StartAsync(params (string, string)[] settings) => GatewayHost.StartAsync(_domain, [],
    [
        ("ApiKeys:File", KeyFile), ("Admin:Writers:0", "spiffe://zakenak.local/ns/dev/sa/operator"), ("Admin:Readers:0", "spiffe://zakenak.local/ns/dev/sa/auditor"),
        ("Edge:RefusalsPerMinute", "100000"), .. settings,
    ]);

    private static HttpClient Admin(GatewayHost gateway, string service = "operator") =>
        new(WorkloadHttpHandler.Create(_domain.CreateIdentity(service), ServiceNames.Gateway)) { BaseAddress = gateway.Services.GetRequiredService<AdminListener>().Url };

    private static async Task<HttpStatusCode> UseAsync(GatewayHost gateway, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var answer = await gateway.Anonymous.SendAsync(request);
        return answer.StatusCode;
    }

    private static async Task<ApiKeyCreated> CreateAsync(HttpClient admin, object order)
    {
        using var answer = await admin.PostAsJsonAsync("/admin/v1/api-keys", order);
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
        return (await answer.Content.ReadFromJsonAsync<ApiKeyCreated>())!;
    }

    private static async Task<string?> CodeOf(HttpResponseMessage answer, HttpStatusCode status)
    {
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, body);
        return JsonDocument.Parse(body).RootElement.GetProperty("code").GetString();
    }

    [Fact]
    public async Task A_key_works_from_its_creation_to_its_revocation_without_a_restart()
    {
        await using var gateway = await StartAsync();
        using var admin = Admin(gateway);
        var created = await CreateAsync(admin, new ApiKeyOrder { Tenant = "acme", Label = "build server", Scopes = ["models"], Expires = DateTimeOffset.UtcNow.AddDays(1) });
        Assert.StartsWith($"zk-{created.Item.Id}-", created.Key, StringComparison.Ordinal);
        Assert.Null(created.Item.Sha256);
        Assert.Equal(HttpStatusCode.OK, await UseAsync(gateway, created.Key));

        var listing = await admin.GetFromJsonAsync<ApiKeyListing>("/admin/v1/api-keys");
        var item = Assert.Single(listing!.Keys);
        Assert.Equal((created.Item.Id, "acme", "build server", null, null), (item.Id, item.Tenant, item.Label, item.Sha256, item.Revoked));
        Assert.False(listing.Shared);

        using var revoked = await admin.DeleteAsync($"/admin/v1/api-keys/{item.Id}");
        Assert.NotNull((await revoked.Content.ReadFromJsonAsync<ApiKeyItem>())!.Revoked);
        Assert.Equal(HttpStatusCode.Unauthorized, await UseAsync(gateway, created.Key));
        Assert.NotNull(Assert.Single((await admin.GetFromJsonAsync<ApiKeyListing>("/admin/v1/api-keys"))!.Keys).Revoked);
    }

    [Fact]
    public async Task Another_replica_with_the_same_file_knows_what_was_done_and_what_was_in_the_file_stays()
    {
        await File.WriteAllTextAsync(KeyFile, """{"keys":[],"tenants":{"acme":{"requests_per_minute":5}}}""");
        await using var one = await StartAsync();
        await using var two = await StartAsync(("ApiKeys:ReloadInterval", "00:00:00.050"));
        using var admin = Admin(one);
        var keys = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => CreateAsync(admin, new ApiKeyOrder { Tenant = "acme" })));
        foreach (var key in keys)
            await GatewayHost.Until(() => UseAsync(two, key.Key).GetAwaiter().GetResult() is HttpStatusCode.OK or HttpStatusCode.TooManyRequests);
        using var revoked = await admin.DeleteAsync($"/admin/v1/api-keys/{keys[0].Item.Id}");
        await GatewayHost.Until(() => UseAsync(two, keys[0].Key).GetAwaiter().GetResult() == HttpStatusCode.Unauthorized);
        Assert.Contains("requests_per_minute", await File.ReadAllTextAsync(KeyFile), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
    }

    [Fact]
    public async Task Every_change_is_on_record_and_the_key_is_nowhere_but_in_the_answer()
    {
        await using var gateway = await StartAsync();
        using var admin = Admin(gateway);
        var created = await CreateAsync(admin, new ApiKeyOrder { Tenant = "acme" });
        (await admin.DeleteAsync($"/admin/v1/api-keys/{created.Item.Id}")).Dispose();
        await gateway.Logs.WaitForAsync("/admin/v1/api-keys/{id}");
        await gateway.Logs.WaitForAsync($"key {created.Item.Id}, tenant acme", times: 2);
        var secret = created.Key[20..];
        Assert.DoesNotContain(gateway.Logs.Lines, l => l.Contains(secret, StringComparison.Ordinal));
        Assert.DoesNotContain(secret, await File.ReadAllTextAsync(KeyFile), StringComparison.Ordinal);
        Assert.Equal(2, gateway.Logs.Lines.Count(l => l.Contains($"key {created.Item.Id}, tenant acme", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("""{"tenant":"A B"}""", "invalid_key_order")]
    [InlineData("""{"tenant":"acme","scopes":["everything"]}""", "invalid_key_order")]
    [InlineData("""{"tenant":"acme","models":[""]}""", "invalid_key_order")]
    [InlineData("""{"tenant":"acme","requests_per_minute":0}""", "invalid_key_order")]
    [InlineData("""{"tenant":"acme","label":"two\nlines"}""", "invalid_key_order")]
    [InlineData("""{"tenant":"acme","expires":"2020-01-01T00:00:00Z"}""", "invalid_key_order")]
    [InlineData("""{"tenant":"acme","id":"0123456789abcdef"}""", "invalid_body")]
    [InlineData("""{"label":"nobody's"}""", "invalid_body")]
    [InlineData("""{""", "invalid_body")]
    public async Task What_cant_be_a_key_is_refused_and_nothing_is_written(string order, string code)
    {
        await using var gateway = await StartAsync();
        using var admin = Admin(gateway);
        using var answer = await admin.PostAsync("/admin/v1/api-keys", new StringContent(order, System.Text.Encoding.UTF8, "application/json"));
        Assert.Equal(code, await CodeOf(answer, HttpStatusCode.BadRequest));
        Assert.False(File.Exists(KeyFile));
    }

    [Fact]
    public async Task Who_may_only_read_sees_keys_and_makes_none()
    {
        await using var gateway = await StartAsync();
        using var reader = Admin(gateway, "auditor");
        Assert.Empty((await reader.GetFromJsonAsync<ApiKeyListing>("/admin/v1/api-keys"))!.Keys);
        using var refused = await reader.PostAsJsonAsync("/admin/v1/api-keys", new ApiKeyOrder { Tenant = "acme" });
        Assert.Equal("caller_may_only_read", await CodeOf(refused, HttpStatusCode.Forbidden));
        using var admin = Admin(gateway);
        using var unknown = await admin.DeleteAsync("/admin/v1/api-keys/0123456789abcdef");
        Assert.Equal("key_not_found", await CodeOf(unknown, HttpStatusCode.NotFound));
    }

    [Fact]
    public async Task A_file_that_cant_be_written_is_said_to_be_one()
    {
        await using var without = await StartAsync(("ApiKeys:File", ""));
        using var admin = Admin(without);
        using var refused = await admin.PostAsJsonAsync("/admin/v1/api-keys", new ApiKeyOrder { Tenant = "acme" });
        Assert.Equal("keys_unwritable", await CodeOf(refused, HttpStatusCode.ServiceUnavailable));
    }

    [Fact]
    public void Whoever_edits_the_file_at_once_loses_nothing()
    {
        Parallel.For(0, 40, _ => DurableFiles.EditSecret(KeyFile, text => ApiKeyDocument.Add(text, new ApiKeyOrder { Tenant = "acme" }.Make(DateTimeOffset.UtcNow).Item)));
        Assert.Equal(40, ApiKeyDocument.Read(File.ReadAllText(KeyFile)).Select(k => k.Id).Distinct().Count());
        DurableFiles.EditSecret(KeyFile, text => ApiKeyDocument.Revoke(text, "0123456789abcdef", DateTimeOffset.UtcNow));
        Assert.Equal(["keys.json", "keys.json.lock"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }
}
