using System.Text;

namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>Puts texts together and keeps which parts are the template's own.</summary>
internal sealed class TextBuilder
{
    private readonly StringBuilder _value = new();
    private readonly List<TextRun> _runs = [];

    public int Length => _value.Length;

    public void Append(Text text)
    {
        _value.Append(text.Value);
        foreach (var run in text.Runs)
        {
            AddRun(_runs, run);
        }
    }

    public Text ToText() => new(_value.ToString(), [.. _runs]);

    /// <summary>Literals side by side become one; an empty stretch of data is kept only where it parts two literals.</summary>
    public static void AddRun(List<TextRun> runs, TextRun run)
    {
        if (run is { Length: 0, IsData: false })
        {
            return;
        }

        if (runs.Count == 0)
        {
            runs.Add(run);
            return;
        }

        var last = runs[^1];
        if (last.Source == run.Source)
        {
            runs[^1] = last with { Length = last.Length + run.Length };
        }
        else if (last.Length == 0 && run.IsData)
        {
            runs[^1] = run;
        }
        else if (run.Length > 0 || !last.IsData)
        {
            runs.Add(run);
        }
    }
}
