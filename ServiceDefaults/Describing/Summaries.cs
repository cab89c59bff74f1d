using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Zakenak.ServiceDefaults;

/// <summary>The summaries in the documentation file that the compiler put beside an assembly; an image may lack it.</summary>
internal sealed partial class Summaries
{
    private readonly Dictionary<string, string> _byMember;

    private Summaries(Dictionary<string, string> byMember) => _byMember = byMember;

    public static Summaries Of(Assembly assembly)
    {
        var path = Path.ChangeExtension(assembly.Location, ".xml");
        return new Summaries(!File.Exists(path) ? [] : XDocument.Load(path).Descendants("member")
            .Where(m => m.Element("summary") is not null)
            .ToDictionary(m => m.Attribute("name")!.Value, m => Spaces().Replace(Text(m.Element("summary")!), " ").Trim()));
    }

    public string? Of(PropertyInfo property) => _byMember.GetValueOrDefault($"P:{property.DeclaringType!.FullName}.{property.Name}");

    // References to other members stand as the last part of their name.
    private static string Text(XElement summary) =>
        string.Concat(summary.Nodes().Select(n => n is XElement e ? e.Value.Length > 0 ? e.Value : e.Attribute("cref")?.Value.Split('.')[^1] : n.ToString()));

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
