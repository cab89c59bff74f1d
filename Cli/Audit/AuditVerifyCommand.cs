using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Zakenak.Audit;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.Cli.Audit;

/// <summary><c>zakenak audit verify</c>.</summary>
internal static class AuditVerifyCommand
{
    public static Command Create(CliContext context)
    {
        var directory = new Argument<string>("DIR") { Description = "The log's folder, or a copy of it" };
        var keys = new Option<string[]>("--public-key") { Description = "A key that may sign checkpoints; may be repeated. Without one a rewriting of the whole log does not show", HelpName = "KEY" };
        var checkpoint = new Option<string?>("--checkpoint") { Description = "A file with a checkpoint from elsewhere, such as the service's log, that the records must reach", HelpName = "FILE" };
        var name = new Option<string?>("--name") { Description = "Refuse unless it is the log of this service", HelpName = "NAME" };
        var command = new Command(
            "verify",
            "Verifies an audit log from its files alone: a record that was changed, deleted, inserted, reordered or cut off is found.\n\nExample: zakenak audit verify .zakenak/registry/audit --public-key .zakenak/registry/audit-key/key.pub.pem\n\n" + ExitCodes.Help)
        {
            directory,
            keys,
            checkpoint,
            name,
        };
        command.SetAction(
            context,
            (parsed, _) => Verify(context, parsed.GetRequiredValue(directory), parsed.GetValue(keys) ?? [], parsed.GetValue(checkpoint), parsed.GetValue(name)),
            (parsed, found) => found.Fault is { } fault ? Refuse(context, parsed, found, fault) : Succeed(context, parsed, found, (parsed.GetValue(keys) ?? []).Length > 0));
        return command;
    }

    private static Result<AuditVerification> Verify(CliContext context, string directory, string[] keyFiles, string? checkpointFile, string? name)
    {
        List<ECDsa> keys = [];
        try
        {
            foreach (var file in keyFiles)
            {
                // Read once as any public key, for its refusals; the log's checkpoints are ECDSA too.
                var key = SignerKey.Load(context.Full(file));
                if (!key.IsSuccess)
                {
                    return key.Refusal;
                }

                var imported = ECDsa.Create();
                keys.Add(imported);
                imported.ImportFromPem(key.Value.Pem);
            }

            if (!Directory.Exists(context.Full(directory)))
            {
                return new Refusal(RefusalCodes.AuditLogNotFound, $"{directory} does not exist. Name the folder that has the audit-*.jsonl files.");
            }

            var outside = checkpointFile is null ? null : AuditCheckpoint.TryParse(File.ReadAllBytes(context.Full(checkpointFile)));
            return checkpointFile is not null && outside is null
                ? new Refusal(RefusalCodes.AuditLogNotFound, $"{checkpointFile} holds no checkpoint. Put its one line of JSON there, as it stands in the service's log.")
                : AuditVerifier.Verify(context.Full(directory), name, keys, outside);
        }
        finally
        {
            keys.ForEach(key => key.Dispose());
        }
    }

    private static int Succeed(CliContext context, ParseResult parsed, AuditVerification found, bool bySignature) => OutputFormat.Succeed(
        context,
        parsed,
        Json(found),
        $"Verified the audit log of {found.Name}: {found.Records} records hold",
        bySignature
            ? $"Signed checkpoints cover {found.Checkpointed} of them; head {found.Head}"
            : $"Head {found.Head}. Signatures were not checked: name the service's key with --public-key");

    private static int Refuse(CliContext context, ParseResult parsed, AuditVerification found, AuditFault fault)
    {
        var refusal = new Refusal(fault.Code, $"{fault.Place}: {fault.Message}. {found.Records} records{(fault.Sequence > 0 ? " before it" : "")} hold.");
        if (!OutputFormat.IsJson(parsed))
        {
            return OutputFormat.Refuse(context, parsed, refusal);
        }

        var json = Json(found);
        json["error"] = new JsonObject { ["code"] = fault.Code, ["message"] = refusal.Message, ["file"] = fault.File, ["line"] = fault.Line, ["record"] = fault.Sequence };
        OutputFormat.Succeed(context, parsed, json);
        return ExitCodes.Refused;
    }

    private static JsonObject Json(AuditVerification found) => new()
    {
        ["log"] = found.Name,
        ["records"] = found.Records,
        ["checkpointed"] = found.Checkpointed,
        ["head"] = found.Head,
    };
}
