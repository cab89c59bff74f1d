using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Zakenak.Cli.Models;
using Zakenak.Contracts;

namespace Zakenak.Cli.ApiKeys;

/// <summary><c>zakenak apikey create</c>.</summary>
internal static class ApiKeyCreateCommand
{
    public static Command Create(CliContext context)
    {
        var tenant = new Option<string>("--tenant") { Description = "Who is billed and limited", HelpName = "NAME", Required = true };
        var label = new Option<string?>("--label") { Description = "What it is for, in lists", HelpName = "TEXT" };
        var scopes = new Option<string[]>("--scope") { Description = $"What it may ask for: {ScopeNames.All}. May be repeated. Default: all of these", HelpName = "NAME" };
        scopes.AcceptOnlyFromAmong(ScopeNames.All.Split(", "));
        var models = new Option<string[]>("--model") { Description = "A model or version that it may use. May be repeated. Default: every one", HelpName = "NAME" };
        var expires = LifetimeOption.Create();
        var requests = new Option<int?>("--requests-per-minute") { Description = "Default: the gateway's, as of the next two", HelpName = "N" };
        var tokens = new Option<long?>("--tokens-per-minute") { Description = "Tokens of prompts and completions together", HelpName = "N" };
        var concurrent = new Option<int?>("--concurrent-requests") { Description = "Requests at the same time", HelpName = "N" };
        var command = new Command(
            "create",
            "Makes an API key. It is written to standard output and shown this once; only its hash is kept.\n\n"
            + "Example: zakenak apikey create --tenant acme --scope chat --scope models --expires 30d\n\n" + ExitCodes.Help)
        {
            tenant, label, scopes, models, expires, requests, tokens, concurrent,
        };
        command.SetAction(
            context,
            (parsed, keeper, cancellationToken) => keeper.CreateAsync(
                new ApiKeyOrder
                {
                    Tenant = parsed.GetRequiredValue(tenant),
                    Label = parsed.GetValue(label),
                    Scopes = NullIfEmpty(parsed.GetValue(scopes)),
                    Models = NullIfEmpty(parsed.GetValue(models)),
                    RequestsPerMinute = parsed.GetValue(requests),
                    TokensPerMinute = parsed.GetValue(tokens),
                    ConcurrentRequests = parsed.GetValue(concurrent),
                    Expires = DateTimeOffset.UtcNow + parsed.GetValue(expires),
                },
                cancellationToken),
            (parsed, created) => Succeed(context, parsed, created));
        return command;
    }

    private static string[]? NullIfEmpty(string[]? names) => names is { Length: > 0 } ? names : null;

    private static int Succeed(CliContext context, ParseResult parsed, ApiKeyCreated created)
    {
        if (!OutputFormat.IsJson(parsed))
        {
            // Beside the key and not with it, so that standard output is the key alone.
            context.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"Made key {created.Item.Id} of tenant {created.Item.Tenant}, good until {created.Item.Expires:yyyy-MM-dd}. It is not shown again:"));
        }

        return OutputFormat.Succeed(context, parsed, JsonSerializer.SerializeToNode(created)!.AsObject(), created.Key);
    }
}
