using System.CommandLine;
using System.Text.Json;

namespace Zakenak.Cli.ApiKeys;

/// <summary><c>zakenak apikey revoke</c>.</summary>
internal static class ApiKeyRevokeCommand
{
    public static Command Create(CliContext context)
    {
        var id = new Argument<string>("ID") { Description = "The key's id: what is between zk- and the next hyphen" };
        var command = new Command("revoke", "Revokes an API key, for good. Requests that run go on; `zakenak kill add key ID` ends them.\n\nExample: zakenak apikey revoke 0123456789abcdef\n\n" + ExitCodes.Help) { id };
        command.Validators.Add(result =>
        {
            // A whole key on the command line would be in the shell's history and in the list of processes: it is not taken.
            if (result.GetValue(id) is { } text && !Contracts.ApiKey.IsId(text))
            {
                result.AddError("ID is 16 hex digits, and not the key itself.");
            }
        });
        command.SetAction(
            context,
            (parsed, keeper, cancellationToken) => keeper.RevokeAsync(parsed.GetRequiredValue(id), cancellationToken),
            (parsed, item) => OutputFormat.Succeed(context, parsed, JsonSerializer.SerializeToNode(item)!.AsObject(), $"Revoked key {item.Id} of tenant {item.Tenant}."));
        return command;
    }
}
