using Spectre.Console;

namespace Zakenak.Cli;

/// <summary>What a command takes from the process around it.</summary>
/// <param name="Output">Results.</param>
/// <param name="Error">Refusals and progress.</param>
/// <param name="WorkingDirectory">Where relative paths begin.</param>
/// <param name="Home">The value of <c>ZAKENAK_HOME</c>.</param>
/// <param name="IsInteractive">Whether <paramref name="Error"/> is a terminal, on which a progress bar makes sense.</param>
internal sealed record CliContext(TextWriter Output, TextWriter Error, string WorkingDirectory, string? Home, bool IsInteractive)
{
    /// <summary>Answers to questions; null where nobody is there to ask.</summary>
    public TextReader? Input { get; init; }

    public static CliContext OfProcess() => new(
        Console.Out,
        Console.Error,
        Environment.CurrentDirectory,
        Environment.GetEnvironmentVariable("ZAKENAK_HOME"),
        !Console.IsErrorRedirected)
    {
        Input = Console.IsInputRedirected || Console.IsErrorRedirected ? null : Console.In,
    };

    public string Full(string path) => Path.GetFullPath(path, WorkingDirectory);

    public IAnsiConsole CreateConsole(TextWriter writer) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(writer),
        Ansi = IsInteractive ? AnsiSupport.Detect : AnsiSupport.No,
        Interactive = IsInteractive ? InteractionSupport.Detect : InteractionSupport.No,
    });
}
