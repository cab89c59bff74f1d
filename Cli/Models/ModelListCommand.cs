using System.CommandLine;
using System.Globalization;
using Zakenak.Cli.Registry;
using Zakenak.Contracts;
using Zakenak.ModelTrust;

namespace Zakenak.Cli.Models;

/// <summary><c>zakenak model list</c>.</summary>
internal static class ModelListCommand
{
    public static Command Create(CliContext context)
    {
        var command = new Command("list", "Lists the registry's models and versions.\n\nExample: zakenak model list\n\n" + ExitCodes.Help);
        command.SetAction(
            context,
            new RegistryOptions(),
            (_, registry, cancellationToken) => registry.Client.ListAsync(cancellationToken),
            (parsed, listing) => Succeed(context, parsed, listing));
        return command;
    }

    private static int Succeed(CliContext context, ParseResult parsed, ModelListing listing) => ListOutput.Write(
        context,
        parsed,
        listing,
        "The registry has no model yet: zakenak model push DIR",
        ["Version", "Stage", "MB", "Digest"],
        [.. listing.Models.SelectMany(model => model.Versions.Select(version => new[]
        {
            ModelName.Subject(model.Name, version.Version),
            version.Revoked ? "revoked" : version.Stage,
            (version.Bytes / 1e6).ToString("F1", CultureInfo.InvariantCulture),
            Short(version.Digest),
        }))]);

    private static string Short(string digest) => digest.Length > 19 ? digest[..19] + "…" : digest;
}
