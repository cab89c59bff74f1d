using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Zakenak.AppHost.Tests.Manifests;

/// <summary>
/// A service of <c>compose.yaml</c> as a container engine runs it, as far as namespaces without an engine go: its own root, read-only, with the files at the
/// paths that are said, the environment that is said and no other, <c>/tmp</c> in memory. Only the network is the machine's, so each has a loopback address.
/// </summary>
internal sealed class LabContainer : IAsyncDisposable
{
    private const string Enter = """
        set -e
        mount -t tmpfs none "$ROOT"
        for entry in usr bin sbin lib lib32 lib64 libx32 opt proc dev sys etc/ssl etc/ld.so.cache etc/passwd etc/nsswitch.conf "${DOTNET#/}"; do
          [ -e "/$entry" ] && [ ! -e "$ROOT/$entry" ] || continue
          if [ -d "/$entry" ]; then mkdir -p "$ROOT/$entry"; else mkdir -p "$(dirname "$ROOT/$entry")"; : > "$ROOT/$entry"; fi
          mount --rbind "/$entry" "$ROOT/$entry"
        done
        echo "$MOUNTS" | while IFS='|' read -r from to mode; do
          if [ -d "$from" ]; then mkdir -p "$ROOT$to"; else mkdir -p "$(dirname "$ROOT$to")"; : > "$ROOT$to"; fi
          mount --bind "$from" "$ROOT$to"
          [ "$mode" = rw ] || mount -o remount,bind,ro "$ROOT$to"
        done
        mkdir -p "$ROOT/tmp"
        mount -t tmpfs none "$ROOT/tmp"
        mount -o remount,ro "$ROOT"
        ! touch "$ROOT/writable" 2> /dev/null
        at=$AT root=$ROOT
        unset ROOT DOTNET MOUNTS AT
        exec chroot "$root" /bin/sh -c 'cd "$0" && exec "$@"' "$at" "$@"
        """;

    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _errors;
    private readonly string _root;

    private LabContainer(Process process, string root)
    {
        (_process, _root) = (process, root);
        (_output, _errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
    }

    public bool HasExited => _process.HasExited;

    /// <param name="folder">Where <c>compose.yaml</c> lies.</param>
    /// <param name="assembly">What the image has in <c>/app</c>.</param>
    /// <param name="environment">What the test adds.</param>
    public static LabContainer Start(string folder, JsonObject compose, string service, string assembly, IEnumerable<string> command, IEnumerable<(string Name, string Value)> environment)
    {
        var root = Directory.CreateTempSubdirectory("zakenak-lab-root-").FullName;
        var says = compose["services"]![service]!;
        var mounts = new List<string> { $"{Path.GetDirectoryName(assembly)}|/app|ro", $"{Path.Combine(folder, "hosts")}|/etc/hosts|ro" };
        mounts.AddRange(says["volumes"].Items().Select(bind => $"{Path.Combine(folder, ((string)bind["source"]!)[2..])}|{bind["target"]}|{((bool)bind["read_only"]! ? "ro" : "rw")}"));
        foreach (var kind in new[] { "configs", "secrets" })
            mounts.AddRange(says[kind].Items().Select(item => $"{Path.Combine(folder, ((string)compose[kind]![(string)item["source"]!]!["file"]!)[2..])}|{item["target"]}|ro"));

        var dotnet = Path.GetDirectoryName(new FileInfo(Environment.ProcessPath!).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? Environment.ProcessPath!)!;
        dotnet = Path.GetFileName(Environment.ProcessPath) == "dotnet" ? dotnet : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../.."));
        var start = new ProcessStartInfo("unshare", [
            "--user", "--map-root-user", "--mount", "sh", "-c", Enter, "sh", Path.Combine(dotnet, "dotnet"), "/app/" + Path.GetFileName(assembly), .. command,
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in says["environment"]!.AsObject())
            start.Environment[name] = ComposeFile.WithDefaults((string)value!);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        start.Environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        start.Environment["ROOT"] = root;
        start.Environment["DOTNET"] = dotnet;
        start.Environment["MOUNTS"] = string.Join('\n', mounts);
        start.Environment["AT"] = (string?)says["working_dir"] ?? "/app";
        return new(Process.Start(start)!, root);
    }

    public async Task<(int ExitCode, string Output, string Errors)> EndedAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60));
        return (_process.ExitCode, await _output, await _errors);
    }

    /// <summary>As <c>docker compose down</c>.</summary>
    public async Task<int> StopAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]))
            await kill.WaitForExitAsync();
        return (await EndedAsync()).ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        Directory.Delete(_root);
    }
}
