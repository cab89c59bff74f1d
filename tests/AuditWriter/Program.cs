using Zakenak.Audit;

namespace Zakenak.AuditWriter;

/// <summary>
/// Appends to the log in the folder of the first argument, eight records at a time, until it is killed; prints the number of every record that
/// was acknowledged, or <c>refused</c> and goes away where one was not.
/// </summary>
public static class Program
{
    public static async Task<int> Main(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        try
        {
            await using var log = AuditLog.Open(new AuditLogOptions { Directory = args[0], Name = "crash", MaxFileBytes = 64 * 1024, CheckpointEveryRecords = 50 }, TimeProvider.System);
            await Task.WhenAll(Enumerable.Range(0, 8).Select(async writer =>
            {
                while (true)
                {
                    var receipt = await log.AppendAsync(new AuditRecord($"writer-{writer}", "test.appended", "subject", AuditOutcome.Done));
                    Console.WriteLine($"{receipt.Sequence} {receipt.Hash}");
                }
            }));
        }
        catch (AuditUnavailableException e)
        {
            Console.WriteLine("refused");
            Console.Error.WriteLine(e.Message);
        }

        return 3;
    }
}
