using System.Text.Json.Nodes;
using Zakenak.Cli;

namespace Zakenak.ModelTrust.Tests.Cli;

/// <summary>Runs the CLI in this process, in a folder of its own.</summary>
internal sealed class CommandLine(string workingDirectory, string? home = null)
{
    public string Output { get; private set; } = "";

    public string Error { get; private set; } = "";

    /// <summary>What the person types when asked; null where nobody is there.</summary>
    public string? Answer { get; set; }

    public JsonNode Json => JsonNode.Parse(Output)!;

    public async Task<int> Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await ZakenakCommand.InvokeAsync(args, new CliContext(output, error, workingDirectory, home, IsInteractive: false)
        {
            Input = Answer is null ? null : new StringReader(Answer),
        });
        Output = output.ToString();
        Error = error.ToString();
        return code;
    }
}
