using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Zakenak.ModelTrust.Policy;
using Zakenak.ModelTrust.Signing;
using Zakenak.ModelTrust.Tests.Cli;
using Zakenak.ModelTrust.Tests.Gguf;
using Zakenak.ModelTrust.Tests.Signing;

namespace Zakenak.ModelTrust.Tests;

public partial class DocumentationTests
{
    [Fact]
    public void Every_code_has_one_row_in_the_documentation_and_every_row_is_a_code()
    {
        var codes = typeof(RefusalCodes).GetFields().Select(field => (string)field.GetRawConstantValue()!).Order().ToList();
        var text = File.ReadAllText(Path.Combine(Root(), "docs", "model-trust.md"));
        var rows = Row().Matches(text[text.IndexOf("\n## Codes\n", StringComparison.Ordinal)..]).Select(match => match.Groups[1].Value).Order().ToList();
        Assert.Equal(codes, rows);
    }

    [Fact]
    public void Every_code_is_used()
    {
        var sources = string.Concat(new[] { "ModelTrust", "ModelDelivery", "Cli" }
            .SelectMany(project => Directory.GetFiles(Path.Combine(Root(), project), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.EndsWith("RefusalCodes.cs", StringComparison.Ordinal))
            .Select(File.ReadAllText));
        Assert.All(typeof(RefusalCodes).GetFields(), field => Assert.Contains($"RefusalCodes.{field.Name}", sources, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_commands_of_the_documentation_work_in_their_order()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllBytesAsync(folder["model.gguf"], GgufFile.Small().ToArray());
        Directory.CreateDirectory(folder["DIR"]);
        File.Copy(folder["model.gguf"], folder["DIR", "model.gguf"]);
        var commands = Command().Matches(await File.ReadAllTextAsync(Path.Combine(Root(), "docs", "model-trust.md"))).Select(match => match.Groups[1].Value).ToList();
        Assert.True(commands.Count >= 7);
        var cli = new CommandLine(folder.Path);
        foreach (var command in commands)
        {
            if (command.Contains("--certificate-chain", StringComparison.Ordinal))
            {
                Certify(folder);
            }

            Assert.True(await cli.Run(command.Split(' ')) == 0, $"{command}: {cli.Error}");
        }
    }

    [Fact]
    public void The_example_policy_is_one()
    {
        using var authority = new TestAuthority();
        var json = JsonNode.Parse(Example().Match(File.ReadAllText(Path.Combine(Root(), "docs", "model-trust.md"))).Groups[1].Value)!;
        foreach (var (_, key) in json["keys"]!.AsObject())
        {
            using var pair = SigningKey.Create(SigningCurve.P256);
            key!["pem"] = pair.PublicKey.Pem;
        }

        json["roots"]!["corp-ca"]!["pem"] = authority.RootPem;
        var policy = ModelPolicy.Check(Encoding.UTF8.GetBytes(json.ToJsonString()), "policy.json");
        Assert.Null(policy.Refusal);
        Assert.Equal("models@example.org", policy.Value!.For("guide")!.Signers.Certificates.Single().Identity);
    }

    /// <summary>What a CA does, and no command of ours: certificates for <c>k.pem</c>.</summary>
    private static void Certify(TemporaryFolder folder)
    {
        using var authority = new TestAuthority();
        using var key = SigningKey.Load(folder["k.pem"]).Value!;
        using var certificate = authority.Issue(key, new TestAuthority.Leaf
        {
            From = DateTimeOffset.UtcNow.AddDays(-1),
            Until = DateTimeOffset.UtcNow.AddDays(1),
            Names = names => names.AddEmailAddress("models@example.org"),
        });
        File.WriteAllText(folder["chain.pem"], certificate.ExportCertificatePem() + "\n" + authority.IssuingPem);
        File.WriteAllText(folder["root.pem"], authority.RootPem);
    }

    internal static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Zakenak.sln")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException("The tests run outside of the repository.");
        }

        return directory.FullName;
    }

    [GeneratedRegex(@"^\| `([a-z_]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("^```json\n(\\{\n  \"version\": 3,.+?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Example();

    [GeneratedRegex("^dotnet run --project Cli -- (.+)$", RegexOptions.Multiline)]
    private static partial Regex Command();
}
