namespace Zakenak.Cli;

/// <summary><c>zakenak</c>: keys, and models that prove themselves.</summary>
public static class Program
{
    public static Task<int> Main(string[] args) => ZakenakCommand.InvokeAsync(args, CliContext.OfProcess());
}
