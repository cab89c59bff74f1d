using System.CommandLine;
using Zakenak.ModelTrust;

namespace Zakenak.Cli;

/// <summary>Work that ends in a result or a refusal, as a command's action. Off the caller's thread, so that Ctrl-C is heard meanwhile.</summary>
internal static class ResultAction
{
    public static void SetAction<T>(
        this Command command, CliContext context, Func<ParseResult, CancellationToken, Result<T>> work, Func<ParseResult, T, int> succeed)
        where T : class =>
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                var result = work(parsed, cancellationToken);
                return result.IsSuccess ? succeed(parsed, result.Value) : OutputFormat.Refuse(context, parsed, result.Refusal);
            },
            CancellationToken.None));

    /// <summary>As above, for work that waits for somebody else.</summary>
    public static void SetAction<T>(
        this Command command, CliContext context, Func<ParseResult, CancellationToken, Task<Result<T>>> work, Func<ParseResult, T, int> succeed)
        where T : class =>
        command.SetAction((parsed, cancellationToken) => Task.Run(
            async () =>
            {
                var result = await work(parsed, cancellationToken);
                return result.IsSuccess ? succeed(parsed, result.Value) : OutputFormat.Refuse(context, parsed, result.Refusal);
            },
            CancellationToken.None));
}
