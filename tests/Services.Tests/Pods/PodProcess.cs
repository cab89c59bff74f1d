using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Pods;

/// <summary>
/// A service as a process that can write nowhere but where its own description says that it must, as in a pod with a read-only root file system: no temporary
/// folder, no home. Linux namespaces make it so, for root and for anybody who may make them.
/// </summary>
internal sealed class PodProcess : IAsyncDisposable
{
    private const int StillWritable = 99;

    // Folders to write to, a file that must not be writable, then the command.
    private const string MakeReadOnly = """
        for folder in $WRITABLE; do mount --bind "$folder" "$folder" || exit 99; done
        for at in $(awk '$5 !~ "^/(proc|sys|dev)" { print $5 }' /proc/self/mountinfo | sort -u); do
          case " $WRITABLE " in *" $at "*) ;; *) mount -o remount,bind,ro "$at" 2>/dev/null ;; esac
        done
        for folder in . /tmp "$MOUNTS"; do touch "$folder/writable" 2>/dev/null && { rm "$folder/writable"; exit 99; }; done
        unset WRITABLE MOUNTS
        exec "$@"
        """;

    private readonly Process _process;
    private readonly Task<string> _errors;
    private readonly Task<string> _output;

    private PodProcess(Process process) => (_process, _output, _errors) = (process, process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());

    public Uri ManagementUrl { get; private init; } = null!;

    public Uri TrafficUrl { get; private init; } = null!;

    /// <summary>Starts it on mounted files alone.</summary>
    /// <param name="mounts">The folder where they lie.</param>
    /// <param name="verb">Something else than serving; an init container's, which writes the model's folder.</param>
    public static PodProcess Start(string service, string mounts, IReadOnlyDictionary<string, string> settings, params string[] verb)
    {
        var (assembly, create) = ServicePrograms.All[service];
        int management = FreePort.Next(), traffic = FreePort.Next();
        var mounted = new Dictionary<string, string>(settings)
        {
            ["Service:Namespace"] = "serving",
            ["Listen:Address"] = "127.0.0.1",
            [service == Contracts.ServiceNames.Gateway ? "Listen:HttpsPort" : "Listen:TrafficPort"] = $"{traffic}",
        };
        new ConfigMapMount(Path.Combine(mounts, "etc")).Swap("appsettings.json", JsonSerializer.Serialize(mounted));
        new ConfigMapMount(Path.Combine(mounts, "secrets")).Swap("Listen__ManagementPort", $"{management}\n");

        var start = new ProcessStartInfo("unshare", [
            "--user", "--map-root-user", "--mount", "sh", "-c", MakeReadOnly, "sh",
            "dotnet", Path.Combine(AppContext.BaseDirectory, assembly + ".dll"), .. verb,
            $"--Service:SettingsFile={mounts}/etc/appsettings.json", $"--Service:SecretsDirectory={mounts}/secrets",
        ])
        {
            WorkingDirectory = AppContext.BaseDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(k => k != "PATH" && k != "DOTNET_ROOT").ToArray())
            start.Environment.Remove(name);
        start.Environment["HOME"] = "/nonexistent";
        start.Environment["MOUNTS"] = mounts;
        start.Environment["WRITABLE"] = string.Join(' ', WritableOf(ServiceDescription.Of([], create), settings, fetches: verb.Length > 0).Distinct());
        return new PodProcess(Process.Start(start)!) { ManagementUrl = new Uri($"https://127.0.0.1:{management}"), TrafficUrl = new Uri($"https://127.0.0.1:{traffic}") };
    }

    /// <summary>Waits until the readiness probe passes, as a kubelet asks: over TLS, believing any certificate.</summary>
    public async Task<string> ReadyAsync()
    {
        using var client = Prober();
        var clock = Stopwatch.StartNew();
        while (true)
        {
            if (_process.HasExited)
            {
                Assert.SkipWhen(_process.ExitCode is StillWritable or 1 && (await _output).Length == 0, "Linux namespaces cannot be made here: " + await _errors);
                Assert.Fail($"It ended with {_process.ExitCode}: {await _errors}\n{await _output}");
            }

            try
            {
                using var answer = await client.GetAsync(new Uri(ManagementUrl, ServiceProbes.ReadyPath));
                if (answer.IsSuccessStatusCode)
                    return (await answer.Content.ReadAsStringAsync()).Trim();
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                // It does not listen yet, or is too busy to answer.
            }

            if (clock.Elapsed > TimeSpan.FromSeconds(120))
            {
                _process.Kill();
                Assert.Fail($"It does not become ready: {await _errors}\n{await _output}");
            }

            await Task.Delay(50);
        }
    }

    public async Task<HttpStatusCode> ProbeAsync(string path)
    {
        using var client = Prober();
        using var answer = await client.GetAsync(new Uri(ManagementUrl, path));
        return answer.StatusCode;
    }

    /// <summary>SIGTERM, as a kubelet sends it.</summary>
    public async Task TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>SIGKILL.</summary>
    public Task KillAsync()
    {
        _process.Kill();
        return _process.WaitForExitAsync();
    }

    /// <summary>How it ended and what it wrote.</summary>
    public async Task<(int ExitCode, string Output, string Errors)> EndedAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(90));
        return (_process.ExitCode, await _output, await _errors);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static IEnumerable<string> WritableOf(ServiceDescription description, IReadOnlyDictionary<string, string> settings, bool fetches) =>
        from setting in description.Settings
        where setting.Mount is MountKind.WritableFolder or MountKind.WritableFile && (fetches || setting.Key != "Model:Directory")
        let path = settings.GetValueOrDefault(setting.Key)
        where path is not null
        select MakeVolume(Path.GetDirectoryName(path)!);

    // As a kubelet leaves it for a pod with an fsGroup.
    private static string MakeVolume(string path)
    {
        Directory.CreateDirectory(path);
        File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32("2770", 8));
        return path;
    }

    private static HttpClient Prober() => new(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } }) { Timeout = TimeSpan.FromSeconds(30) };
}
