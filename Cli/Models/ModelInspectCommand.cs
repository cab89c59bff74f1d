using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Gguf;

namespace Zakenak.Cli.Models;

/// <summary><c>zakenak model inspect</c>.</summary>
internal static class ModelInspectCommand
{
    public static Command Create(CliContext context)
    {
        var file = new Argument<string>("FILE") { Description = "The GGUF file" };
        var command = new Command(
            "inspect",
            "Checks the header of a GGUF file and says what it holds. Proves nothing about who made it.\n\nExample: zakenak model inspect models/guide/v1/guide-v1.gguf\n\n" + ExitCodes.Help)
        {
            file,
        };
        command.SetAction(parsed =>
        {
            var path = context.Full(parsed.GetRequiredValue(file));
            var header = GgufHeader.Read(path);
            return header.IsSuccess ? Succeed(context, parsed, header.Value) : OutputFormat.Refuse(context, parsed, header.Refusal);
        });
        return command;
    }

    private static int Succeed(CliContext context, ParseResult parsed, GgufHeader header)
    {
        var types = header.Tensors.GroupBy(tensor => tensor.Type.Name).OrderByDescending(group => group.Sum(tensor => tensor.Length)).ToList();
        if (OutputFormat.IsJson(parsed))
        {
            return OutputFormat.Succeed(context, parsed, new JsonObject
            {
                ["ggufVersion"] = header.Version,
                ["architecture"] = header.Architecture,
                ["title"] = header.Title,
                ["parameters"] = header.ParameterCount,
                ["contextLength"] = header.ContextLength,
                ["tokenizer"] = header.Tokenizer,
                ["vocabulary"] = header.VocabularySize,
                ["chatTemplate"] = header.ChatTemplate is not null,
                ["tensors"] = header.Tensors.Count,
                ["tensorTypes"] = new JsonArray([.. types.Select(group => JsonValue.Create(group.Key))]),
                ["servable"] = header.RequireServable() is null,
            });
        }

        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumns("", "");
        foreach (var (what, value) in new (string, string?)[]
        {
            ("Architecture", header.Architecture),
            ("Title", header.Title),
            ("Parameters", $"{header.ParameterCount:N0}"),
            ("Context", header.ContextLength is { } length ? $"{length:N0} tokens" : null),
            ("Tokenizer", header.Tokenizer is { } tokenizer ? $"{tokenizer}, {header.VocabularySize:N0} tokens" : null),
            ("Chat template", header.ChatTemplate is null ? "no" : "yes"),
            ("Tensors", $"{header.Tensors.Count:N0} ({string.Join(", ", types.Select(group => group.Key))})"),
            ("Servable", header.RequireServable()?.Message ?? "yes"),
        })
        {
            // A file's own text may hold escape sequences: none of it reaches the terminal.
            var shown = Refusal.Printable(value ?? "-");
            table.AddRow(Markup.Escape(what), Markup.Escape(shown[..Math.Min(shown.Length, 200)]));
        }

        context.CreateConsole(context.Output).Write(table);
        return ExitCodes.Ok;
    }
}
