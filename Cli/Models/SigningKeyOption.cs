using System.CommandLine;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.Cli.Models;

/// <summary>The private key that a command signs with: always a file, never on the command line itself.</summary>
internal static class SigningKeyOption
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public static Option<string> Create(string name) => new(name) { Description = "The private key that vouches for the model", HelpName = "KEY", Required = true };

    public static Result<SigningKey> Load(CliContext context, string path)
    {
        var key = SigningKey.Load(context.Full(path));
        if (key.IsSuccess && !OperatingSystem.IsWindows() && (File.GetUnixFileMode(context.Full(path)) & Others) != 0)
        {
            context.Error.WriteLine($"Warning: others can read {path}; run `chmod 600 {path}`.");
        }

        return key;
    }
}
