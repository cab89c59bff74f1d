namespace Zakenak.ModelTrust.Tests.Cli;

public sealed class NoRegistryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("model list")]
    [InlineData("model show guide:v1")]
    [InlineData("model push guide:v1")]
    [InlineData("model pull guide:v1 --dest d")]
    [InlineData("model promote guide:v1 --to Approved --key k.pem")]
    [InlineData("model list --registry https://127.0.0.1:1")]
    public async Task Without_a_registry_every_command_says_how_to_get_one(string line)
    {
        var cli = new CommandLine(_folder.Path);
        Assert.Equal(1, await cli.Run(line.Split(' ')));
        Assert.StartsWith("registry_unreachable: ", cli.Error, StringComparison.Ordinal);
        Assert.Single(cli.Error.TrimEnd().Split('\n'));
        Assert.Contains(line.Contains("--registry", StringComparison.Ordinal) ? "--identity-cert" : "dotnet run --project AppHost", cli.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task A_suite_that_is_gone_says_the_same_and_leaves_no_token()
    {
        Directory.CreateDirectory(_folder[".zakenak", "run"]);
        await File.WriteAllBytesAsync(_folder[".zakenak", "run", "enrollment-key"], new byte[32]);
        await File.WriteAllTextAsync(_folder[".zakenak", "run", "endpoints.json"], """{"model-registry":"https://127.0.0.1:1","cert-authority":"https://127.0.0.1:1"}""");
        var cli = new CommandLine(_folder.Path);
        Assert.Equal(1, await cli.Run("model", "list"));
        Assert.Contains("dotnet run --project AppHost", cli.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder[".zakenak", "run"], "*.token"));
    }

    [Fact]
    public async Task An_identity_that_is_none_is_refused_by_name()
    {
        await File.WriteAllTextAsync(_folder["c.pem"], "nonsense");
        var cli = new CommandLine(_folder.Path);
        Assert.Equal(3, await cli.Run("model", "list", "--registry", "https://127.0.0.1:1", "--identity-cert", "c.pem", "--identity-key", "c.pem", "--trust-anchors", "c.pem"));
        Assert.StartsWith("key_malformed: ", cli.Error, StringComparison.Ordinal);
    }
}
