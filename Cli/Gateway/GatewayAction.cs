using System.CommandLine;
using Zakenak.ModelTrust;

namespace Zakenak.Cli.Gateway;

/// <summary>Administration of a gateway that ends in a result or a refusal, as a command's action.</summary>
internal static class GatewayAction
{
    public static void SetAction<T>(
        this Command command,
        CliContext context,
        Func<ParseResult, GatewayConnection, CancellationToken, Task<Result<T>>> work,
        Func<ParseResult, T, int> succeed)
        where T : class
    {
        var options = new GatewayOptions();
        options.AddTo(command);
        command.SetAction(
            context,
            (parsed, cancellationToken) => GatewayConnection.UseAsync(
                context, options, parsed, connection => work(parsed, connection, cancellationToken), cancellationToken),
            succeed);
    }
}
