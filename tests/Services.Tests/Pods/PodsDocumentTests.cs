using System.Text.RegularExpressions;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Pods;

/// <summary>docs/pods.md says of each service what it says of itself.</summary>
public sealed partial class PodsDocumentTests
{
    private static readonly string _document = File.ReadAllText(Path.Combine(RepositoryRoot(), "docs", "pods.md"));

    public static TheoryData<string> Services => new(ServicePrograms.All.Keys);

    [Theory]
    [MemberData(nameof(Services))]
    public void A_row_has_the_ports_and_the_places_to_write_to_and_only_settings_that_there_are(string service)
    {
        var description = ServiceDescription.Of([], ServicePrograms.All[service].Create);
        var cells = Assert.Single(_document.Split('\n'), l => l.StartsWith($"| `{service}` |", StringComparison.Ordinal)).Split('|');
        Assert.Equal(description.Ports.Select(p => p.Name).Order(), Quoted(cells[2]).Order());

        // Development writes a key; the authority writes its own trust anchors, which everybody else reads.
        var writable = description.Settings.Where(s => s.Mount is MountKind.WritableFile or MountKind.WritableFolder && !s.Key.Contains("Development", StringComparison.Ordinal)).Select(s => s.Key);
        Assert.Equal(writable.Order(), Quoted(cells[3]).Except(["Identity:TrustAnchorsFile"]).Order());
        Assert.All(Quoted(cells[4]).Where(q => q.Contains(':', StringComparison.Ordinal)), key => Assert.Contains(description.Settings, s => s.Key == key));
    }

    [Fact]
    public void Every_key_in_the_text_is_one_of_a_service()
    {
        HashSet<string> known = [.. ServicePrograms.All.Values.SelectMany(s => ServiceDescription.Of([], s.Create).Settings).Select(s => s.Key)];
        var named = Quoted(_document).Select(q => q.Split(' ')[0]).Where(q => Key().IsMatch(q)).ToArray();
        Assert.NotEmpty(named);
        Assert.All(named, key => Assert.Contains(key, known));
    }

    private static IEnumerable<string> Quoted(string text) => Code().Matches(text).Select(m => m.Groups[1].Value);

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Zakenak.sln")))
            folder = folder.Parent;
        return folder.FullName;
    }

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Code();

    [GeneratedRegex("^[A-Z][A-Za-z]+(:[A-Z0-9][A-Za-z]*)+$")]
    private static partial Regex Key();
}
