using System.Text.Json;
using Zakenak.ModelServer.Completions;
using static Zakenak.Services.Tests.ModelServer.TestModelServer;

namespace Zakenak.Services.Tests.ModelServer.Completions;

/// <summary>What a client sees of the prefix cache: how many tokens of its prompt were cached, and never whose.</summary>
public class PrefixCacheTests
{
    private static readonly string s_long = new('a', 200);

    [Fact]
    public async Task A_second_request_says_how_much_of_its_prompt_was_cached()
    {
        await using var server = await StartAsync(new FakeBackend());

        Assert.Equal(0, Cached(await server.AskAsync(Body(s_long + "b"))));
        Assert.Equal(192, Cached(await server.AskAsync(Body(s_long + "c"))));
        var events = await server.StreamAsync(Body(s_long + "d", ("stream", true), ("stream_options", new { include_usage = true })));
        Assert.Equal(192, Cached(JsonDocument.Parse(events[^2]).RootElement));
    }

    [Theory]
    [InlineData(null, 208)]
    [InlineData("key", 208)]
    [InlineData("tenant", 0)]
    [InlineData("mine", 0)]
    public async Task A_scope_shares_with_itself_only(string? scope, int cachedByKey)
    {
        await using var server = await StartAsync(new FakeBackend());
        await server.AskAsync(Body(s_long));

        Assert.Equal(cachedByKey, Cached(await server.AskAsync(Scoped(scope))));
        Assert.Equal(208, Cached(await server.AskAsync(Scoped(scope))));
    }

    [Fact]
    public void No_tenant_can_name_the_scope_of_another()
    {
        string[] names = ["a", "a:tenant:", "a:key:k", "1:a", "a:name:b", "b"];
        var scopes = names.SelectMany(tenant => names.SelectMany(other =>
        {
            var grant = Grant() with { Tenant = tenant, KeyId = other };
            return new[] { (tenant, "key", other, CacheScope.Key.Within(grant)), (tenant, "tenant", "", CacheScope.Tenant.Within(grant)), (tenant, "name", other, CacheScope.Named(other).Within(grant)) };
        })).Distinct().ToList();

        Assert.Equal(scopes.Count, scopes.Select(scope => scope.Item4).Distinct().Count());
    }

    [Fact]
    public async Task Another_tenant_shares_nothing_even_by_name()
    {
        await using var server = await StartAsync(new FakeBackend());
        await server.AskAsync(Scoped("ours"));

        Assert.Equal(0, Cached(await server.AskAsync(Scoped("ours"), Mint(Grant() with { Tenant = "globex" }))));
        Assert.Equal(208, Cached(await server.AskAsync(Scoped("ours"), Mint(Grant() with { KeyId = "key-2" }))));
    }

    private static Dictionary<string, object?> Scoped(string? scope) => Body(s_long, ("zakenak", scope is null ? new { } : new { cache_scope = scope }));

    private static int Cached(JsonElement answer) => answer.GetProperty("usage").GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32();
}
