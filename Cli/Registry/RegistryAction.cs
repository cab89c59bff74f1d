using System.CommandLine;
using Zakenak.ModelTrust;

namespace Zakenak.Cli.Registry;

/// <summary>Work with a registry that ends in a result or a refusal, as a command's action.</summary>
internal static class RegistryAction
{
    public static void SetAction<T>(
        this Command command,
        CliContext context,
        RegistryOptions options,
        Func<ParseResult, RegistryConnection, CancellationToken, Task<Result<T>>> work,
        Func<ParseResult, T, int> succeed)
        where T : class
    {
        options.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            try
            {
                var opened = await RegistryConnection.OpenAsync(context, options, parsed, cancellationToken);
                if (!opened.IsSuccess)
                {
                    return OutputFormat.Refuse(context, parsed, opened.Refusal);
                }

                using var connection = opened.Value;
                var result = await work(parsed, connection, cancellationToken);
                return result.IsSuccess ? succeed(parsed, result.Value) : OutputFormat.Refuse(context, parsed, result.Refusal);
            }
            catch (OperationCanceledException)
            {
                context.Error.WriteLine("Cancelled. What has crossed already is kept: the same command goes on from there.");
                return ExitCodes.Failed;
            }
        });
    }
}
