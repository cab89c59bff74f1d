using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;
using Zakenak.ModelTrust.Policy;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.Cli.Policies;

/// <summary><c>zakenak policy verify</c>.</summary>
internal static class PolicyVerifyCommand
{
    public static Command Create(CliContext context)
    {
        var policy = new Argument<string>("FILE") { Description = "The policy; its signature is FILE.sig" };
        var root = new Option<string>("--root") { Description = "The public key of the root", HelpName = "KEY", Required = true };
        var development = new Option<bool>("--development") { Description = "As in the namespace dev, where development keys count" };
        var command = new Command(
            "verify",
            "Verifies that the root signed a policy, and says what it permits.\n\nExample: zakenak policy verify policy.json --root root.pub.pem\n\n" + ExitCodes.Help)
        {
            policy,
            root,
            development,
        };
        command.SetAction(
            context,
            (parsed, _) => ModelPolicy.Load(context.Full(parsed.GetRequiredValue(policy)), context.Full(parsed.GetRequiredValue(root)), parsed.GetValue(development)),
            (parsed, loaded) => Succeed(context, parsed, loaded));
        return command;
    }

    private static int Succeed(CliContext context, ParseResult parsed, ModelPolicy policy)
    {
        if (OutputFormat.IsJson(parsed))
        {
            return OutputFormat.Succeed(context, parsed, new JsonObject
            {
                ["version"] = policy.Version,
                ["digest"] = "sha256:" + policy.Digest,
                ["expiresAt"] = policy.ExpiresAt,
                ["models"] = new JsonArray([.. policy.Models.Select(Describe)]),
                ["registry"] = new JsonArray([.. policy.Registry.Select(grant => JsonValue.Create(grant.Identity))]),
            });
        }

        OutputFormat.Succeed(context, parsed, [], $"Verified version {policy.Version} of the policy{(policy.ExpiresAt is { } end ? $", in force until {end.UtcDateTime:u}" : "")}");
        var table = new Table().Border(TableBorder.None).AddColumns("Model", "Stages", "Signers", "Approvers", "Attestations");
        foreach (var rule in policy.Models)
        {
            table.AddRow(
                Markup.Escape(rule.Name),
                string.Join(", ", rule.Stages),
                Markup.Escape(Say(rule.Signers)),
                Markup.Escape(Say(rule.Approvers)),
                Markup.Escape(rule.Attestations.Count == 0 ? "none" : string.Join(", ", rule.Attestations.Select(required => required.Type.Name))));
        }

        context.CreateConsole(context.Output).Write(table);
        return ExitCodes.Ok;
    }

    private static JsonObject Describe(ModelRule rule) => new()
    {
        ["name"] = rule.Name,
        ["stages"] = new JsonArray([.. rule.Stages.Select(stage => JsonValue.Create(stage.ToString()))]),
        ["signers"] = Names(rule.Signers),
        ["approvers"] = Names(rule.Approvers),
        ["attestations"] = new JsonArray([.. rule.Attestations.Select(required => JsonValue.Create(required.Type.Name))]),
    };

    private static JsonArray Names(AllowedSigners signers) => new([
        .. signers.Keys.Select(key => JsonValue.Create(key.Id)), .. signers.Certificates.Select(certificate => JsonValue.Create(certificate.Identity))]);

    /// <summary>The beginning of a key id is enough to know one's own keys by.</summary>
    private static string Say(AllowedSigners signers) => string.Join(
        ", ",
        signers.Keys.Select(key => key.Id[..8] + "…")
            .Concat(signers.Certificates.Select(certificate => certificate.Identity ?? ""))
            .Concat(signers.DevelopmentKeys.Select(key => key.Id[..8] + "… (dev)")));
}
