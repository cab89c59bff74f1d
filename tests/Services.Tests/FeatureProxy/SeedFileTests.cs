using Microsoft.Extensions.Options;
using Zakenak.FeatureProxy.Store;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.Audit;

namespace Zakenak.Services.Tests.FeatureProxy;

public sealed class SeedFileTests : IDisposable
{
    private const string Views = """{"views":{"customer":{"features":["tier"]}},"rows":[""";
    private const string Good = """{"view":"customer","tenant":"dev","entity":"42","features":{"tier":"gold"}}""";
    private readonly TemporaryFolder _folder = new();

    private string Seed => _folder["seed.json"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_development_seed_is_good()
    {
        var snapshot = SeedFile.Read(FeatureProxyService.DevelopmentSeed);
        Assert.Equal(["1001", "42", "7"], snapshot.Rows.Keys.Where(k => k is { View: "customer", Tenant: "dev" }).Select(k => k.Entity).Order(StringComparer.Ordinal));
        Assert.True(snapshot.Rows.ContainsKey(("customer", "other", "99")));
    }

    [Theory]
    [InlineData("", "the file is not of the expected form (line 1)")]
    [InlineData("null", "the file holds null")]
    [InlineData("""{"views":{}}""", "the file is not of the expected form (line 1)")]
    [InlineData("""{"views":{"Customer":{"features":["tier"]}},"rows":[]}""", "views: a view's name must be 1 to 64 of a-z 0-9 _")]
    [InlineData("""{"views":{"customer":{"features":[]}},"rows":[]}""", "views.customer.features must name its features, each 1 to 64 of a-z 0-9 _")]
    [InlineData("""{"views":{"customer":{"features":["a:b"]}},"rows":[]}""", "views.customer.features must name its features, each 1 to 64 of a-z 0-9 _")]
    [InlineData("""{"views":{"customer":null},"rows":[]}""", "views.customer.features must name its features, each 1 to 64 of a-z 0-9 _")]
    [InlineData(Views + Good + ",\n" + """{"view":"customer","tenant":"dev","entity":7,"features":{}}]}""", "rows[1].entity is not of the expected form (line 2)")]
    [InlineData(Views + Good + """,{"view":"customer","entity":"7","features":{}}]}""", "rows[1] is not of the expected form (line 1)")]
    [InlineData(Views + Good + """,null]}""", "rows[1] is null")]
    [InlineData(Views + Good + """,{"view":"order","tenant":"dev","entity":"7","features":{}}]}""", "rows[1].view is none of the file's views")]
    [InlineData(Views + Good + """,{"view":"customer","tenant":"dev","entity":"*","features":{}}]}""", "rows[1]: tenant and entity must be 1 to 128 of A-Z a-z 0-9 . _ @ -")]
    [InlineData(Views + Good + """,{"view":"customer","tenant":"","entity":"7","features":{}}]}""", "rows[1]: tenant and entity must be 1 to 128 of A-Z a-z 0-9 . _ @ -")]
    [InlineData(Views + Good + """,{"view":"customer","tenant":"dev","entity":"7","features":{"tear":"gold"}}]}""", "rows[1].features has a feature that view customer does not define")]
    [InlineData(Views + Good + """,{"view":"customer","tenant":"dev","entity":"7","features":{"tier":["gold"]}}]}""", "rows[1].features.tier must be text, a number, true, false or null")]
    [InlineData(Views + Good + """,{"view":"customer","tenant":"dev","entity":"7","features":{"tier":"gold\nadmin:yes = true"}}]}""", "rows[1].features.tier must be one line of at most 512 characters")]
    [InlineData(Views + Good + "," + Good + "]}", "rows[1] repeats the view, tenant and entity of an earlier row")]
    public void A_wrong_seed_is_refused_and_the_fault_named(string json, string message)
    {
        File.WriteAllText(Seed, json);
        Assert.Equal(message, Assert.Throws<SeedException>(() => SeedFile.Read(Seed)).Message);
    }

    [Fact]
    public void A_value_longer_than_a_prompt_should_take_is_refused()
    {
        File.WriteAllText(Seed, Views + Good.Replace("gold", new string('g', 513), StringComparison.Ordinal) + "]}");
        Assert.Contains("rows[0].features.tier", Assert.Throws<SeedException>(() => SeedFile.Read(Seed)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_service_does_not_start_on_a_wrong_seed_and_names_the_row()
    {
        File.WriteAllText(Seed, Views + """{"view":"order","tenant":"dev","entity":"7","features":{}}]}""");
        var refusal = await Assert.ThrowsAsync<StartRefusedException>(() => FeatureProxyService.StartAsync(Seed));
        Assert.Equal($"Features:SeedFile {Seed}: rows[0].view is none of the file's views", refusal.Message);
        Assert.Equal(ExitCodes.Misconfigured, refusal.ExitCode);
    }

    [Fact]
    public async Task The_service_does_not_start_without_a_seed()
    {
        Assert.Contains("cannot be read", (await Assert.ThrowsAsync<StartRefusedException>(() => FeatureProxyService.StartAsync(Seed))).Message, StringComparison.Ordinal);
        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() => FeatureProxyService.StartAsync(""));
        Assert.Contains("Features:SeedFile", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_changed_seed_is_taken_up_and_a_wrong_one_leaves_the_last_good()
    {
        File.WriteAllText(Seed, Views + Good + "]}");
        await using var service = await FeatureProxyService.StartAsync(Seed, reloadIntervalMs: 20);
        Assert.Equal("gold", await TierAsync());

        File.WriteAllText(Seed, Views + Good.Replace("gold", "wrong\\nline", StringComparison.Ordinal) + "]}");
        await UntilAsync(() => Task.FromResult(service.Logs.Lines.Any(l => l.Contains("Kept the last good", StringComparison.Ordinal))));
        Assert.Equal("gold", await TierAsync());
        using var client = new HttpClient();
        // The first look may have met a file that was only half written.
        await UntilAsync(async () => (await client.GetStringAsync(new Uri(service.ManagementUrl, "/healthz"))).Contains("rows[0].features.tier", StringComparison.Ordinal));

        File.WriteAllText(Seed, Views + Good.Replace("gold", "silver", StringComparison.Ordinal) + "]}");
        await UntilAsync(async () => await TierAsync() == "silver");

        async Task<string?> TierAsync() => (string?)(await service.AskAsync(service.Mint(), "42", "customer:tier")).Body["values"]![0]!["value"];
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (!await condition())
        {
            await Task.Delay(10, limit.Token);
        }
    }
}
