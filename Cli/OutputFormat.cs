using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Zakenak.ModelTrust;

namespace Zakenak.Cli;

/// <summary>Says results and refusals: to people by default, to programs with <c>--output json</c>.</summary>
internal static class OutputFormat
{
    private const string Json = "json";

    public static readonly Option<string> Option = CreateOption();

    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static bool IsJson(ParseResult parsed) => parsed.GetValue(Option) == Json;

    public static int Succeed(CliContext context, ParseResult parsed, JsonObject result, params ReadOnlySpan<string> lines)
    {
        if (IsJson(parsed))
        {
            context.Output.WriteLine(result.ToJsonString(Format));
            return ExitCodes.Ok;
        }

        foreach (var line in lines)
        {
            context.Output.WriteLine(Refusal.Printable(line));
        }

        return ExitCodes.Ok;
    }

    public static int Refuse(CliContext context, ParseResult parsed, Refusal refusal)
    {
        if (IsJson(parsed))
        {
            var error = new JsonObject { ["code"] = refusal.Code, ["message"] = refusal.Message };
            context.Output.WriteLine(new JsonObject { ["error"] = error }.ToJsonString(Format));
        }
        else
        {
            context.Error.WriteLine(refusal.ToString());
        }

        return ExitCodes.Of(refusal);
    }

    private static Option<string> CreateOption()
    {
        var option = new Option<string>("--output")
        {
            Description = "text for people, json for programs",
            Recursive = true,
            DefaultValueFactory = _ => "text",
        };
        option.AcceptOnlyFromAmong("text", Json);
        return option;
    }
}
