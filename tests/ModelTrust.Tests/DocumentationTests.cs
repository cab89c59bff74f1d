using System.Text.RegularExpressions;

namespace Zakenak.ModelTrust.Tests;

public partial class DocumentationTests
{
    [Fact]
    public void Every_code_has_one_row_in_the_documentation_and_every_row_is_a_code()
    {
        var codes = typeof(RefusalCodes).GetFields().Select(field => (string)field.GetRawConstantValue()!).Order().ToList();
        var rows = Row().Matches(File.ReadAllText(Path.Combine(Root(), "docs", "model-trust.md"))).Select(match => match.Groups[1].Value).Order().ToList();
        Assert.Equal(codes, rows);
    }

    [Fact]
    public void Every_code_is_used()
    {
        var sources = string.Concat(new[] { "ModelTrust", "Cli" }
            .SelectMany(project => Directory.GetFiles(Path.Combine(Root(), project), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.EndsWith("RefusalCodes.cs", StringComparison.Ordinal))
            .Select(File.ReadAllText));
        Assert.All(typeof(RefusalCodes).GetFields(), field => Assert.Contains($"RefusalCodes.{field.Name}", sources, StringComparison.Ordinal));
    }

    private static string Root()
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
}
