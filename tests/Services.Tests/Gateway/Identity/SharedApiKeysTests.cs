using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Zakenak.Contracts;
using Zakenak.Services.Tests.Audit;
using Zakenak.Services.Tests.Gateway.Admin;
using Zakenak.Services.Tests.Postgres;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Identity;

/// <summary>Whole gateways that share their API keys through a real PostgreSQL.</summary>
public sealed class SharedApiKeysTests(PostgresCluster cluster) : IClassFixture<PostgresCluster>, IDisposable
{
    private static readonly TestTrustDomain _domain = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Task<GatewayHost> StartAsync(string database) => GatewayHost.StartAsync(_domain, [],
        [("ConnectionStrings:zakenak", database), ("ApiKeys:File", _folder["keys.json"]), ("Edge:RefusalsPerMinute", "100000"), ("Limits:RequestsPerMinute", "100000"), .. Administrators.Named]);

    private static async Task<HttpStatusCode> UseAsync(GatewayHost gateway, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var answer = await gateway.Anonymous.SendAsync(request);
        return answer.StatusCode;
    }

    private static Task BecomesAsync(GatewayHost gateway, string key, HttpStatusCode status) =>
        GatewayHost.Until(() => UseAsync(gateway, key).GetAwaiter().GetResult() == status);

    [Fact]
    public async Task What_is_done_to_a_key_at_one_gateway_holds_at_all_of_them_and_after_a_restart()
    {
        var database = await cluster.CreateDatabaseAsync();
        var byHand = new ApiKeyOrder { Tenant = "acme" }.Make(DateTimeOffset.UtcNow);
        await File.WriteAllTextAsync(_folder["keys.json"], ApiKeyDocument.Add(null, byHand.Item));
        await using var one = await StartAsync(database);
        await using var two = await StartAsync(database);
        using var admin = Administrators.ClientOf(one, _domain);
        using var answer = await admin.PostAsJsonAsync("/admin/v1/api-keys", new ApiKeyOrder { Tenant = "acme" });
        var created = (await answer.Content.ReadFromJsonAsync<ApiKeyCreated>())!;
        Assert.Equal(HttpStatusCode.OK, await UseAsync(one, created.Key));
        await BecomesAsync(two, created.Key, HttpStatusCode.OK);
        Assert.DoesNotContain(created.Item.Id, await File.ReadAllTextAsync(_folder["keys.json"]), StringComparison.Ordinal);

        // One of the file too, though nobody can write that file: the database's word comes first.
        Assert.Equal(HttpStatusCode.OK, await UseAsync(two, byHand.Key));
        foreach (var id in new[] { created.Item.Id, byHand.Item.Id })
            (await admin.DeleteAsync($"/admin/v1/api-keys/{id}")).EnsureSuccessStatusCode().Dispose();
        await BecomesAsync(two, created.Key, HttpStatusCode.Unauthorized);
        await BecomesAsync(two, byHand.Key, HttpStatusCode.Unauthorized);

        await using var three = await StartAsync(database);
        Assert.Equal(HttpStatusCode.Unauthorized, await UseAsync(three, created.Key));
        Assert.Equal(HttpStatusCode.Unauthorized, await UseAsync(three, byHand.Key));
        using var there = Administrators.ClientOf(three, _domain);
        var listing = (await there.GetFromJsonAsync<ApiKeyListing>("/admin/v1/api-keys"))!;
        Assert.True(listing.Shared);
        Assert.All(listing.Keys, k => Assert.NotNull(k.Revoked));
        Assert.Equal(2, listing.Keys.Count);
    }

    [Fact]
    public async Task A_key_that_may_be_in_a_database_that_was_never_read_is_not_called_wrong()
    {
        await using var gateway = await StartAsync("Host=127.0.0.1;Port=1;Username=nobody;Database=none;Timeout=1");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ApiKey.Create());
        using var answer = await gateway.Anonymous.SendAsync(request);
        Assert.Equal("identity_unavailable", (await GatewayHost.ErrorOf(answer, HttpStatusCode.ServiceUnavailable)).Code);
        using var management = new HttpClient { BaseAddress = gateway.ManagementUrl };
        using var health = await management.GetAsync("/healthz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        Assert.Contains("API keys", await health.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
