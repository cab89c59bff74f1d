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
            async (parsed, cancellationToken) =>
            {
                var opened = await GatewayConnection.OpenAsync(context, options, parsed, cancellationToken);
                if (!opened.IsSuccess)
                {
                    return opened.Refusal;
                }

                using var connection = opened.Value;
                return await work(parsed, connection, cancellationToken);
            },
            succeed);
    }
}
