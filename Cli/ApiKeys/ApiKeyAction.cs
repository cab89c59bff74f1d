using System.CommandLine;
using Zakenak.Cli.Gateway;
using Zakenak.ModelTrust;

namespace Zakenak.Cli.ApiKeys;

/// <summary>Work on API keys that ends in a result or a refusal, as a command's action: on a gateway's, or on those of <c>--file</c>.</summary>
internal static class ApiKeyAction
{
    public static void SetAction<T>(
        this Command command,
        CliContext context,
        Func<ParseResult, IApiKeyKeeper, CancellationToken, Task<Result<T>>> work,
        Func<ParseResult, T, int> succeed)
        where T : class
    {
        var options = new GatewayOptions();
        options.AddTo(command);
        var file = new Option<string?>("--file") { Description = "A file of API keys, in place of a gateway", HelpName = "FILE" };
        command.Add(file);
        command.SetAction(
            context,
            (parsed, cancellationToken) => parsed.GetValue(file) is { } path
                ? work(parsed, new FileKeeper(context.Full(path)), cancellationToken)
                : GatewayConnection.UseAsync(
                    context, options, parsed, connection => work(parsed, new GatewayKeeper(connection), cancellationToken), cancellationToken),
            succeed);
    }
}
