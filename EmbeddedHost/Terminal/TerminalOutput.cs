namespace EmbeddedHost.Terminal;

/// <summary>Standard output, in color when it is a terminal that wants it. Each write is whole lines, so that they do not mix.</summary>
internal sealed class TerminalOutput(TextWriter writer, bool color)
{
    private readonly Lock _lock = new();

    /// <summary>For tests that run an application inside their own process: silent.</summary>
    public static TerminalOutput None { get; } = new(TextWriter.Null, false);

    public static TerminalOutput Standard() =>
        new(Console.Out, !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") != "dumb");

    public void Write(string lines)
    {
        lock (_lock)
        {
            try
            {
                writer.WriteLine(lines);
                writer.Flush();
            }
            catch (IOException)
            {
                // The terminal is gone. What stops the processes must go on all the same.
            }
        }
    }

    public string Dim(string text) => Paint("2", text);

    public string Bold(string text) => Paint("1", text);

    public string Red(string text) => Paint("31", text);

    public string Green(string text) => Paint("32", text);

    public string Yellow(string text) => Paint("33", text);

    private string Paint(string code, string text) => color ? $"\e[{code}m{text}\e[0m" : text;
}
