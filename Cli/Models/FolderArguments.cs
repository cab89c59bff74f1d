using System.CommandLine;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.Cli.Models;

/// <summary>The folder that is signed or verified, and what both say about it.</summary>
internal sealed class FolderArguments(string folder, string name)
{
    private readonly Argument<string> _model = new("DIR") { Description = folder };
    private readonly Option<string?> _name = new("--name") { Description = name, HelpName = "NAME" };
    private readonly Option<string?> _signature = new("--signature") { Description = $"The bundle. Default: {SignatureBundle.FileName} in the folder", HelpName = "FILE" };
    private readonly Option<string[]> _ignore = new("--ignore-path") { Description = "A path to leave out, relative to the folder; may be repeated", HelpName = "PATH" };

    public void AddTo(Command command)
    {
        command.Add(_model);
        command.Add(_name);
        command.Add(_signature);
        command.Add(_ignore);
    }

    public Values Of(CliContext context, ParseResult parsed)
    {
        var given = parsed.GetRequiredValue(_model);
        var model = context.Full(given);
        var signature = parsed.GetValue(_signature) is { } named ? context.Full(named)
            : Path.Combine(File.Exists(model) ? Path.GetDirectoryName(model)! : model, SignatureBundle.FileName);
        return new Values(given, model, signature, parsed.GetValue(_name), parsed.GetValue(_ignore) ?? []);
    }

    /// <param name="Given">The folder as it stands on the command line.</param>
    /// <param name="Model">Its full path; that of a file where the model is one file.</param>
    /// <param name="Signature">Full path of the bundle.</param>
    /// <param name="Name">What the statement calls the model, or must call it.</param>
    /// <param name="Ignore">Relative to the folder.</param>
    internal sealed record Values(string Given, string Model, string Signature, string? Name, IReadOnlyList<string> Ignore);
}
