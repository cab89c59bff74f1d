using System.Runtime.InteropServices;
using System.Text;

namespace EmbeddedHost.Processes;

/// <summary>
/// SIGKILL of <c>dotnet run</c> leaves its child, this process, alive and without a parent. Polling the parent's id notices that
/// within a quarter of a second on every Unix, for the price of one system call.
/// </summary>
internal static class ParentWatch
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(250);

    /// <summary>Ends when the <c>dotnet run</c> that started this process is gone; never when something else started it.</summary>
    public static async Task WaitForDotnetRunToEndAsync(CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows() || GetParentId() is var parent && !IsDotnetRun(parent))
        {
            await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(false);
            return;
        }

        using var timer = new PeriodicTimer(_interval);
        while (GetParentId() == parent)
            await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false);
    }

    private static bool IsDotnetRun(int pid)
    {
        try
        {
            var arguments = Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{pid}/cmdline")).Split('\0');
            return Path.GetFileName(arguments[0]) == "dotnet" && arguments.Skip(1).Take(4).Any(argument => argument is "run" or "watch");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [DllImport("libc", EntryPoint = "getppid")]
    private static extern int GetParentId();
}
