using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json.Nodes;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Importing;

namespace Zakenak.Cli.Models;

/// <summary><c>zakenak model import</c>: the explicit act by which a file that nobody signed is adopted.</summary>
internal static class ModelImportCommand
{
    public static Command Create(CliContext context)
    {
        var file = new Argument<string>("FILE") { Description = "The GGUF file" };
        var name = new Option<string>("--name") { Description = "What the model is served as: a-z, 0-9, '.', '_', '-'", HelpName = "NAME", Required = true };
        var version = new Option<string>("--version") { Description = "v1, v2, v3 …", HelpName = "vN", Required = true };
        var key = SigningKeyOption.Create("--sign-with");
        var state = StateDirectory.CreateOption();
        name.Validators.Add(result => Require(result, ModelName.IsName(result.GetValue(name)), "--name takes up to 64 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit."));
        version.Validators.Add(result => Require(result, ModelName.IsVersion(result.GetValue(version)), "--version takes v1, v2, v3 and so on."));
        var command = new Command(
            "import",
            "Adopts a GGUF file: checks it, copies it into the state folder, signs it, allows the key as its signer.\n\nExample: zakenak model import qwen.gguf --name qwen --version v1 --sign-with k.pem\n\n" + ExitCodes.Help)
        {
            file,
            name,
            version,
            key,
            state,
        };
        command.SetAction(
            context,
            (parsed, cancellationToken) =>
            {
                var loaded = SigningKeyOption.Load(context, parsed.GetRequiredValue(key));
                if (!loaded.IsSuccess)
                {
                    return loaded.Refusal;
                }

                using var signer = loaded.Value;
                var importer = new ModelImporter(new ModelStore(StateDirectory.Resolve(context, parsed.GetValue(state))));
                return HashProgressBar.Run(context, parsed, "Importing", progress => importer.Import(
                    context.Full(parsed.GetRequiredValue(file)),
                    parsed.GetRequiredValue(name),
                    parsed.GetRequiredValue(version),
                    signer,
                    progress,
                    cancellationToken));
            },
            (parsed, imported) => Succeed(context, parsed, imported));
        return command;
    }

    private static void Require(OptionResult result, bool isRight, string problem)
    {
        if (!isRight)
        {
            result.AddError(problem);
        }
    }

    private static int Succeed(CliContext context, ParseResult parsed, ImportedModel model)
    {
        var subject = ModelName.Subject(model.Name, model.Version);
        var next = $"dotnet run --project AppHost -- --model {subject}";
        return OutputFormat.Succeed(
            context,
            parsed,
            new JsonObject
            {
                ["model"] = subject,
                ["directory"] = model.Directory,
                ["modelDigest"] = model.ModelDigest,
                ["fileDigest"] = model.FileDigest,
                ["signerKeyId"] = model.SignerKeyId,
                ["bytes"] = model.Length,
                ["architecture"] = model.Header.Architecture,
                ["next"] = next,
            },
            $"Imported {subject} ({model.Header.Architecture}, {model.Length / 1e6:F1} MB) into {model.Directory}",
            $"Model digest {model.ModelDigest}",
            $"Signed by key {model.SignerKeyId}",
            $"Serve it: {next}");
    }
}
