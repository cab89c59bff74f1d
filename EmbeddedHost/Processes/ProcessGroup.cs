using System.ComponentModel;
using System.Runtime.InteropServices;

namespace EmbeddedHost.Processes;

/// <summary>
/// On Linux every child leads a process group of its own (setsid), so that Ctrl-C in the terminal does not reach it and all that it
/// started can be signalled together. Beside it a tiny shell waits at the read end of the pipe that is the child's standard input: when the
/// host closes it or dies, even by SIGKILL, the shell asks the child to stop and after the grace period kills the group. The shell is not
/// between host and child: the child keeps its own process id, exit code and signals.
/// </summary>
internal static class ProcessGroup
{
    private const int SIGKILL = 9;

    // $1 = seconds of grace; the rest is the program. Descriptor 3 is a copy of stdin because a shell gives background jobs /dev/null.
    private const string Launch =
        """
        grace=$1; shift
        exec 3<&0
        sh -c "$EMBEDDEDHOST_WATCH" embedded-host-watch $$ "$grace" <&3 3<&- >/dev/null 2>&1 &
        unset EMBEDDEDHOST_WATCH
        exec "$@" 3<&-
        """;

    // A process that is dead but not yet waited for by its parent, which may be slow to do so, still takes signals; it has no exe any more.
    private const string Watch =
        """
        while read -r _; do :; done
        kill -TERM "$1"
        left=$(($2 * 5))
        while [ "$left" -gt 0 ] && [ -e "/proc/$1/exe" ]; do sleep 0.2; left=$((left - 1)); done
        kill -s KILL -- "-$1"
        """;

    private static readonly string? _setsid = Executables.Find("setsid");
    private static readonly string? _shell = Executables.Find("sh");

    public static bool IsSupported => OperatingSystem.IsLinux() && _setsid is not null && _shell is not null;

    /// <summary>Wraps a program so that it leads a watched group.</summary>
    public static (string FileName, IEnumerable<string> Arguments) Wrap(ProcessSpec spec, IDictionary<string, string?> environment)
    {
        environment["EMBEDDEDHOST_WATCH"] = Watch;
        var grace = (int)Math.Ceiling(spec.StopGracePeriod.TotalSeconds);
        return (_setsid!, [_shell!, "-c", Launch, "embedded-host-launch", grace.ToString(System.Globalization.CultureInfo.InvariantCulture), spec.FileName, .. spec.Arguments]);
    }

    /// <summary>Kills what is left of a group; nothing is left most of the time.</summary>
    public static void Kill(int leader)
    {
        if (leader <= 1)
            throw new ArgumentOutOfRangeException(nameof(leader), leader, "Not a process group of ours.");

        if (SendSignal(-leader, SIGKILL) != 0 && Marshal.GetLastPInvokeError() is var error and not 3 /* ESRCH */ and not 1 /* EPERM: only zombies left */)
            throw new Win32Exception(error);
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int pid, int signal);
}
