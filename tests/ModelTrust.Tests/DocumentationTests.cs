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
        // Those of the registry, of fetch and of the audit log stand where they are used.
        var codes = Codes()
            .Concat(WrittenOut("ModelRegistry", ServiceRefusal()))
            .Concat(WrittenOut(Path.Combine("ModelServer", "Fetching"), PlainRefusal()))
            .Concat(WrittenOut(Path.Combine("ModelServer", "Loading"), PlainRefusal()))
            .Concat(WrittenOut("Audit", Fault()))
            .Distinct().Order().ToList();
        var text = File.ReadAllText(Path.Combine(Root(), "docs", "model-trust.md"));
        var rows = Row().Matches(text[text.IndexOf("\n## Codes\n", StringComparison.Ordinal)..])
            .SelectMany(match => Code().Matches(match.Groups[1].Value)).Select(match => match.Groups[1].Value).Order().ToList();
        Assert.True(codes.Count > 100);
        Assert.Equal(codes, rows);
    }

    [Fact]
    public void Every_code_is_named_by_a_test()
    {
        var tests = string.Concat(Directory.GetFiles(Path.Combine(Root(), "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.EndsWith("DocumentationTests.cs", StringComparison.Ordinal)).Select(File.ReadAllText));
        var corpus = Directory.GetDirectories(Path.Combine(Root(), "tests", "ModelTrust.Tests", "Fixtures", "corpus"), "*_*", SearchOption.AllDirectories).Select(Path.GetFileName).ToHashSet();
        Assert.All(
            typeof(RefusalCodes).GetFields(),
            field => Assert.True(
                corpus.Contains((string)field.GetRawConstantValue()!)
                || tests.Contains($"RefusalCodes.{field.Name}", StringComparison.Ordinal)
                || Regex.IsMatch(tests, $"(?<![a-z_]){field.GetRawConstantValue()}(?![a-z_])"),
                $"{field.Name} has no test"));
    }

    [Fact]
    public void Every_code_comes_with_a_sentence()
    {
        // A refusal made on the spot: its message begins with a capital, a value or a path, and ends as a sentence does, or with what another error said.
        var messages = Sources("ModelTrust", "ModelDelivery", "Cli").SelectMany(source => Sentence().Matches(source)).Select(match => match.Groups[1].Value).ToList();
        Assert.True(messages.Count > 60);
        Assert.All(messages, message => Assert.Matches("^([A-Z{~`'.]|zakenak).*([.?)]|[}])$", message));
    }

    [Fact]
    public void Every_code_is_used()
    {
        var sources = string.Concat(Sources("ModelTrust", "ModelDelivery", "Cli"));
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

    private static IEnumerable<string> Codes() => typeof(RefusalCodes).GetFields().Select(field => (string)field.GetRawConstantValue()!);

    private static IEnumerable<string> WrittenOut(string project, Regex code) =>
        Sources(project).SelectMany(source => code.Matches(source)).Select(match => match.Groups[1].Value);

    private static IEnumerable<string> Sources(params string[] projects) => projects
        .SelectMany(project => Directory.GetFiles(Path.Combine(Root(), project), "*.cs", SearchOption.AllDirectories))
        .Where(file => !file.EndsWith("RefusalCodes.cs", StringComparison.Ordinal))
        .Select(File.ReadAllText);

    internal static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Zakenak.sln")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException("The tests run outside of the repository.");
        }

        return directory.FullName;
    }

    [GeneratedRegex(@"^\| ((?:`[a-z_]+`(?:, )?)+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`([a-z_]+)`")]
    private static partial Regex Code();

    [GeneratedRegex("StatusCodes\\.\\w+,\\s*\"([a-z_]+)\"")]
    private static partial Regex ServiceRefusal();

    [GeneratedRegex("new Refusal\\(\\s*\"([a-z_]+)\"")]
    private static partial Regex PlainRefusal();

    [GeneratedRegex("(?:AuditFault\\(|\\()\\s*\"([a-z]+_[a-z_]+|truncated)\",")]
    private static partial Regex Fault();

    [GeneratedRegex("new Refusal\\(\\s*RefusalCodes\\.\\w+,\\s*\\$?\"(.+)\"\\)")]
    private static partial Regex Sentence();

    [GeneratedRegex("^```json\n(\\{\n  \"version\": 3,.+?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Example();

    [GeneratedRegex("^dotnet run --project Cli -- (.+)$", RegexOptions.Multiline)]
    private static partial Regex Command();
}
