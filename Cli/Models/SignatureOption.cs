using System.CommandLine;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.Cli.Models;

/// <summary>Where the bundle is, and what it leaves out: the same for signing and verifying.</summary>
internal static class SignatureOption
{
    public static Option<string?> Create() => new("--signature") { Description = $"The bundle. Default: {SignatureBundle.FileName} in the folder", HelpName = "FILE" };

    public static Option<string[]> CreateIgnore() => new("--ignore-path") { Description = "A path to leave out, relative to the folder; may be repeated", HelpName = "PATH" };

    public static string Resolve(CliContext context, string model, string? signature) =>
        signature is not null ? context.Full(signature)
        : File.Exists(model) ? Path.Combine(Path.GetDirectoryName(model)!, SignatureBundle.FileName)
        : Path.Combine(model, SignatureBundle.FileName);
}
