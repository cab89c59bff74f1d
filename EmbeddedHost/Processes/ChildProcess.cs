using System.ComponentModel;
using System.Diagnostics;
using EmbeddedHost.Logs;

namespace EmbeddedHost.Processes;

/// <summary>A running child: stops when its standard input ends, is killed with all that it started when it does not.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;
    private readonly bool _leadsGroup;
    private readonly TimeSpan _grace;
    private int _inputClosed;

    private ChildProcess(Process process, bool leadsGroup, ProcessSpec spec, Action<string, bool> onLine)
    {
        _process = process;
        _leadsGroup = leadsGroup;
        _grace = spec.StopGracePeriod;
        Id = process.Id;
        var output = Task.WhenAll(
            PumpAsync(process.StandardOutput.BaseStream, spec.LogLineCharacters, line => onLine(line, false)),
            PumpAsync(process.StandardError.BaseStream, spec.LogLineCharacters, line => onLine(line, true)));
        Exited = WaitAsync(output);
    }

    public int Id { get; }

    /// <summary>Ends with the exit code when the process and all of its group are gone and its last lines are read. 128 + n = signal n.</summary>
    public Task<int> Exited { get; }

    /// <exception cref="Win32Exception">The program cannot be executed.</exception>
    public static ChildProcess Start(ProcessSpec spec, Action<string, bool> onLine)
    {
        var start = new ProcessStartInfo
        {
            WorkingDirectory = spec.WorkingDirectory,
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in spec.Environment)
            start.Environment[name] = value;

        var leadsGroup = ProcessGroup.IsSupported;
        (start.FileName, var arguments) = leadsGroup ? ProcessGroup.Wrap(spec, start.Environment) : (spec.FileName, spec.Arguments);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);

        var process = Process.Start(start) ?? throw new Win32Exception($"{spec.FileName} did not start.");
        return new(process, leadsGroup, spec, onLine);
    }

    /// <summary>Asks the process to stop and ends when it is gone, by itself or by force after the grace period.</summary>
    public async Task<int> StopAsync()
    {
        CloseInput();
        try
        {
            // The watcher kills the group at the end of the grace period; this is for where there is none, or it was killed itself.
            return await Exited.WaitAsync(_grace + TimeSpan.FromSeconds(1)).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Kill();
            return await Exited.ConfigureAwait(false);
        }
    }

    public void Kill()
    {
        if (_leadsGroup)
            ProcessGroup.Kill(Id);
        else if (!Exited.IsCompleted)
            _process.Kill(entireProcessTree: true);
    }

    public void Dispose()
    {
        CloseInput();
        _process.Dispose();
    }

    private void CloseInput()
    {
        if (Interlocked.Exchange(ref _inputClosed, 1) == 0)
            _process.StandardInput.Dispose();
    }

    private async Task<int> WaitAsync(Task output)
    {
        await _process.WaitForExitAsync().ConfigureAwait(false);
        var exitCode = _process.ExitCode;

        // What the process left behind goes with it, and with it go the last writers of its output.
        if (_leadsGroup)
            ProcessGroup.Kill(Id);

        try
        {
            // A program that left the group keeps the pipe open for as long as it likes.
            await output.WaitAsync(TimeSpan.FromSeconds(1)).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
        }

        return exitCode;
    }

    private static async Task PumpAsync(Stream stream, int maxCharacters, Action<string> onLine)
    {
        try
        {
            await LineReader.ReadAsync(stream, maxCharacters, onLine).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The process is gone.
        }
    }
}
