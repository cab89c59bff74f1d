using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Zakenak.Cli.Registry;
using Zakenak.Contracts;
using Zakenak.ModelTrust;

namespace Zakenak.Cli.Models;

/// <summary><c>zakenak model show</c>: what the registry says of a version; proof is for <c>pull</c> and the model server.</summary>
internal static class ModelShowCommand
{
    public static Command Create(CliContext context)
    {
        var version = VersionArgument.Create("The version to show");
        var command = new Command(
            "show",
            "Shows a version: stage, files, what was attested, and what happened to it. What the registry says, not yet proved.\n\nExample: zakenak model show guide:v1\n\n" + ExitCodes.Help)
        {
            version,
        };
        command.SetAction(
            context,
            new RegistryOptions(),
            (parsed, registry, cancellationToken) => registry.Client.GetVersionAsync(parsed.GetRequiredValue(version).Name, parsed.GetRequiredValue(version).Version, cancellationToken),
            (parsed, document) => OutputFormat.IsJson(parsed) ? SucceedJson(context, parsed, document) : Succeed(context, document));
        return command;
    }

    private static int SucceedJson(CliContext context, ParseResult parsed, VersionDocument document) =>
        OutputFormat.Succeed(context, parsed, JsonSerializer.SerializeToNode(document)!.AsObject());

    private static int Succeed(CliContext context, VersionDocument document)
    {
        var console = context.CreateConsole(context.Output);
        console.Profile.Width = Math.Max(console.Profile.Width, 120); // a digest must not be broken where nobody sees the width
        Line(context, $"{ModelName.Subject(document.Name, document.Version)} is {(document.Revoked ? "revoked" : document.Stage)}");
        Line(context, $"Model digest {document.Digest}");
        Line(context, $"{document.Signatures.Count} signature{(document.Signatures.Count == 1 ? "" : "s")}, {document.Attestations.Count} attestation{(document.Attestations.Count == 1 ? "" : "s")}");
        var files = new Table().AddColumns("File", "Bytes", "Digest");
        foreach (var file in document.Files)
        {
            Row(files, file.Path, file.Bytes.ToString("N0", CultureInfo.InvariantCulture), file.Digest);
        }

        console.Write(files);
        var history = new Table().AddColumns("When", "What", "Stage", "Sequence", "Caller");
        foreach (var entry in document.History)
        {
            Row(
                history,
                entry.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                entry.Action,
                entry.Stage,
                entry.Sequence?.ToString(CultureInfo.InvariantCulture) ?? "",
                entry.Caller);
        }

        console.Write(history);
        return ExitCodes.Ok;
    }

    private static void Line(CliContext context, string text) => context.Output.WriteLine(Refusal.Printable(text));

    private static void Row(Table table, params string[] cells) => table.AddRow([.. cells.Select(cell => Markup.Escape(Refusal.Printable(cell)))]);
}
