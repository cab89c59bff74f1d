using System.CommandLine;
using System.Text.Json.Nodes;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Attestations;
using Zakenak.ModelTrust.Policy;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.Cli.Policies;

/// <summary><c>zakenak policy create</c>.</summary>
internal static class PolicyCreateCommand
{
    private const string PublicKeySuffix = ".pub.pem";

    public static Command Create(CliContext context)
    {
        var output = new Option<string>("--out") { Description = "Where the policy goes; one that is there stays", HelpName = "FILE", Required = true };
        var signers = new Option<string[]>("--signer") { Description = "Public key of somebody who may sign models; may be repeated", HelpName = "KEY", Required = true };
        var approvers = new Option<string[]>("--approver") { Description = "Public key of somebody who may approve and attest; may be repeated. Default: the signers", HelpName = "KEY" };
        var model = new Option<string>("--model") { Description = "The model that the rule is for", HelpName = "NAME", DefaultValueFactory = _ => ModelPolicy.AnyModel };
        var attestations = new Option<string[]>("--attestation") { Description = "What a version must have: sbom, scan, approval or the URI of a predicate type; may be repeated", HelpName = "TYPE" };
        var operators = new Option<string[]>("--operator") { Description = "SPIFFE id of somebody who may change the registry; may be repeated", HelpName = "ID" };
        var development = new Option<bool>("--development") { Description = "The keys count in the namespace dev only" };
        model.Validators.Add(result =>
        {
            if (result.GetValue(model) is { } name && name != ModelPolicy.AnyModel && !ModelName.IsName(name))
            {
                result.AddError($"--model takes the name of a model, or '{ModelPolicy.AnyModel}' for all.");
            }
        });
        attestations.Validators.Add(result =>
        {
            if ((result.GetValue(attestations) ?? []).Any(type => AttestationType.Parse(type) is null))
            {
                result.AddError("--attestation takes sbom, scan, approval or the URI of a predicate type.");
            }
        });
        var command = new Command(
            "create",
            "Writes a strict policy to begin with: only approved versions by these signers, for a year after their approval. Read it, change it, then sign it.\n\nExample: zakenak policy create --out policy.json --signer k.pub.pem --attestation sbom\n\n" + ExitCodes.Help)
        {
            output,
            signers,
            approvers,
            model,
            attestations,
            operators,
            development,
        };
        command.SetAction(
            context,
            (parsed, _) => Write(
                context,
                context.Full(parsed.GetRequiredValue(output)),
                parsed.GetRequiredValue(signers),
                parsed.GetValue(approvers) is { Length: > 0 } given ? given : parsed.GetRequiredValue(signers),
                parsed.GetValue(development),
                (keys, signerNames, approverNames) => new PolicyDraft
                {
                    Keys = keys,
                    Models = [new PolicyDraftModel(parsed.GetRequiredValue(model), signerNames, approverNames, parsed.GetValue(attestations) ?? [])],
                    Registry = [.. (parsed.GetValue(operators) ?? []).Select(id => new RegistryGrant(id, RegistryAction.All, [parsed.GetRequiredValue(model)]))],
                }),
            (parsed, draft) => OutputFormat.Succeed(
                context,
                parsed,
                new JsonObject { ["policy"] = context.Full(parsed.GetRequiredValue(output)), ["keys"] = new JsonObject(draft.Keys.Select(key => KeyValuePair.Create(key.Name, (JsonNode?)key.Key.Id))) },
                [
                    $"Wrote {parsed.GetRequiredValue(output)}: read it and change what you need.",
                    .. draft.Keys.Select(key => $"{key.Name} is key {key.Key.Id}"),
                    $"Then sign it with a key that is used for nothing else: zakenak policy sign {parsed.GetRequiredValue(output)} --key root.pem",
                ]));
        return command;
    }

    private static Result<PolicyDraft> Write(
        CliContext context,
        string path,
        string[] signers,
        string[] approvers,
        bool development,
        Func<IReadOnlyList<PolicyDraftKey>, IReadOnlyList<string>, IReadOnlyList<string>, PolicyDraft> create)
    {
        List<PolicyDraftKey> keys = [];
        Dictionary<string, string> names = [];
        foreach (var file in signers.Concat(approvers).Distinct())
        {
            var loaded = SignerKey.Load(context.Full(file));
            if (!loaded.IsSuccess)
            {
                return loaded.Refusal;
            }

            var key = keys.FirstOrDefault(other => other.Key.Id == loaded.Value.Id) ?? new PolicyDraftKey(NameOf(file, keys), loaded.Value, development);
            keys = [.. keys.Except([key]), key];
            names[file] = key.Name;
        }

        var draft = create(keys, [.. signers.Select(file => names[file]).Distinct()], [.. approvers.Select(file => names[file]).Distinct()]);
        var content = draft.Write();

        // What could not be signed is not written.
        var check = ModelPolicy.Check(content, path);
        return !check.IsSuccess ? check.Refusal : AtomicFile.Write(path, content, AtomicFile.Public, replace: false) is { } refusal ? refusal : draft;
    }

    /// <summary><c>keys/alice.pub.pem</c> is alice's; a second alice is alice-2.</summary>
    private static string NameOf(string file, List<PolicyDraftKey> taken)
    {
        var name = Path.GetFileName(file);
        name = name.EndsWith(PublicKeySuffix, StringComparison.OrdinalIgnoreCase) ? name[..^PublicKeySuffix.Length] : Path.GetFileNameWithoutExtension(name);
        return taken.Any(key => key.Name == name) ? $"{name}-{taken.Count + 1}" : name;
    }
}
