using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Zakenak.Cli.ApiKeys;
using Zakenak.Cli.Audit;
using Zakenak.Cli.Identities;
using Zakenak.Cli.Keys;
using Zakenak.Cli.Kills;
using Zakenak.Cli.Models;
using Zakenak.Cli.Policies;
using Zakenak.Cli.Rollouts;

namespace Zakenak.Cli;

/// <summary>The tree of commands, and the one place where a command line becomes an exit code.</summary>
internal static class ZakenakCommand
{
    public static async Task<int> InvokeAsync(string[] args, CliContext context)
    {
        var parsed = Create(context).Parse(args);
        if (parsed.Action is ParseErrorAction && parsed.Errors.Count > 0)
        {
            var problem = parsed.UnmatchedTokens is [var unknown, ..] ? $"'{unknown}' is not known here." : string.Join(' ', parsed.Errors[0].Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
            context.Error.WriteLine($"{problem} Run `{PathOf(parsed.CommandResult)} --help` to see what is.");
            return ExitCodes.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                Output = context.Output,
                Error = context.Error,
                EnableDefaultExceptionHandler = false,
            });
        }
        catch (OperationCanceledException)
        {
            context.Error.WriteLine("Cancelled; nothing was kept.");
            return ExitCodes.Failed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            context.Error.WriteLine($"Failed: {e.Message}");
            return ExitCodes.Failed;
        }
    }

    private static string PathOf(CommandResult command) =>
        command.Parent is CommandResult parent ? $"{PathOf(parent)} {command.Command.Name}" : "zakenak";

    private static RootCommand Create(CliContext context) => new($"Keys, and models that prove themselves. {ExitCodes.Help}")
    {
        OutputFormat.Option,
        new Command("key", "Keys that sign models.") { KeyCreateCommand.Create(context) },
        new Command("model", "Import, sign, verify, push, pull and promote models.")
        {
            ModelImportCommand.Create(context),
            ModelSignCommand.Create(context),
            ModelVerifyCommand.Create(context),
            ModelInspectCommand.Create(context),
            ModelAttestCommand.Create(context),
            ModelPushCommand.Create(context),
            ModelPullCommand.Create(context),
            StageCommands.CreatePromote(context),
            StageCommands.CreateRetire(context),
            StageCommands.CreateRevoke(context),
            ModelListCommand.Create(context),
            ModelShowCommand.Create(context),
        },
        new Command("policy", "Who may sign, approve and attest which models.")
        {
            PolicyCreateCommand.Create(context),
            PolicySignCommand.Create(context),
            PolicyVerifyCommand.Create(context),
        },
        new Command("identity", "Who you are to a suite that does not run on this machine.") { IdentityEnrollCommand.Create(context) },
        new Command("apikey", "Keys with which clients ask the gateway.")
        {
            ApiKeyCreateCommand.Create(context),
            ApiKeyListCommand.Create(context),
            ApiKeyRevokeCommand.Create(context),
        },
        RolloutCommands.Create(context),
        KillCommands.Create(context),
        new Command("audit", "Logs that show when they were changed.") { AuditVerifyCommand.Create(context) },
    };
}
