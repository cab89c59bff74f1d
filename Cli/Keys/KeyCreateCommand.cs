using System.CommandLine;
using System.Text.Json.Nodes;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.Cli.Keys;

/// <summary><c>zakenak key create</c>.</summary>
internal static class KeyCreateCommand
{
    public static Command Create(CliContext context)
    {
        var output = new Option<string>("--out") { Description = "Where the private key goes; its public half goes beside it, as .pub.pem", HelpName = "FILE", Required = true };
        var curve = new Option<string>("--curve") { Description = "The elliptic curve", DefaultValueFactory = _ => "p256" };
        curve.AcceptOnlyFromAmong("p256", "p384", "p521");
        var force = new Option<bool>("--force") { Description = "Replace a key that is there" };
        var command = new Command(
            "create",
            "Makes a key that signs models: FILE for you only (mode 0600), and its public half for everybody who verifies.\n\nExample: zakenak key create --out k.pem\n\n" + ExitCodes.Help)
        {
            output,
            curve,
            force,
        };
        command.SetAction(parsed =>
        {
            var path = context.Full(parsed.GetRequiredValue(output));
            using var key = SigningKey.Create(Enum.Parse<SigningCurve>(parsed.GetRequiredValue(curve), ignoreCase: true));
            return KeyFiles.Write(key, path, parsed.GetValue(force)) is { } refusal
                ? OutputFormat.Refuse(context, parsed, refusal)
                : OutputFormat.Succeed(
                    context,
                    parsed,
                    new JsonObject { ["privateKey"] = path, ["publicKey"] = KeyFiles.PublicPath(path), ["keyId"] = key.PublicKey.Id },
                    $"Wrote {path} (keep it to yourself) and {KeyFiles.PublicPath(path)} (give it to whoever verifies).",
                    $"Key id {key.PublicKey.Id}");
        });
        return command;
    }
}
