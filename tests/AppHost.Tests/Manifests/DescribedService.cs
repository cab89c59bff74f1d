using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Zakenak.AppHost.Tests.Manifests;

/// <summary>What a service says of itself (<c>--describe</c>), and whether a deployment gives it that.</summary>
internal sealed class DescribedService
{
    private readonly JsonNode _description;

    private DescribedService(JsonNode description) => _description = description;

    public Dictionary<string, int> Ports => _description["ports"].Items().ToDictionary(port => (string)port["name"]! is "traffic" or "edge" ? "https" : (string)port["name"]!, port => (int)port["port"]!);

    public JsonNode Probes => _description["probes"]!;

    public IEnumerable<string> Secrets => _description["secrets"]!.AsArray().Select(secret => (string)secret!);

    private JsonObject[] Settings => [.. _description["settings"].Items()];

    /// <param name="project">Name of the service's project and assembly.</param>
    public static DescribedService Of(string project, IReadOnlyDictionary<string, string> settings)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [AssemblyOf(project), "--describe", .. settings.Select(item => $"--{item.Key}={item.Value}")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.GetAwaiter().GetResult());
        return new(JsonNode.Parse(output)!);
    }

    /// <summary>Where the build left it; the folder is that of the running tests' configuration.</summary>
    public static string AssemblyOf(string project, string? assembly = null) =>
        Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", project, Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), $"{assembly ?? project}.dll"));

    /// <summary>Every key is one that it has, every one that it must have is there, and none is a secret.</summary>
    public void AssertSettings(IReadOnlyCollection<string> keys)
    {
        Assert.All(keys, key => Assert.Contains(Settings, setting => Names(setting, key)));
        Assert.All(Settings.Where(setting => (bool)setting["isRequired"]! && setting["default"] is null), setting => Assert.Contains(keys, key => Names(setting, key)));
        Assert.DoesNotContain(Secrets, keys.Contains);
    }

    /// <summary>Every path is in a mount, and in one that may be written exactly where the service writes.</summary>
    /// <param name="mountsOf">Mounted paths, and whether they are read-only, for whoever has the key's path.</param>
    public void AssertMounted(IReadOnlyDictionary<string, string> settings, Func<string, IReadOnlyDictionary<string, bool>> mountsOf)
    {
        foreach (var (key, path) in settings)
        {
            if (Settings.FirstOrDefault(setting => Names(setting, key))?["mount"] is not { } kind)
                continue;

            var mounts = mountsOf(key);
            var mount = mounts.Keys.Where(folder => path == folder || path.StartsWith(folder + "/", StringComparison.Ordinal)).MaxBy(folder => folder.Length);
            Assert.True(mount is not null || (string)kind! == "folder" && mounts.Keys.Any(file => file.StartsWith(path + "/", StringComparison.Ordinal)), $"{key}={path} is in no volume");

            // The authority writes the roots that all others only read.
            if (mount is not null && !(key == "Identity:TrustAnchorsFile" && settings.ContainsKey("CertAuthority:Directory")))
                Assert.Equal((key, !((string)kind!).StartsWith("writable", StringComparison.Ordinal)), (key, mounts[mount]));
        }
    }

    // ":0" is any element of a list, ":*" any name in a map.
    private static bool Names(JsonObject setting, string key) =>
        Regex.IsMatch(key, "^" + Regex.Escape((string)setting["key"]!).Replace(@":\*", ":[^:]+", StringComparison.Ordinal).Replace(":0", ":[0-9]+", StringComparison.Ordinal) + "$", RegexOptions.IgnoreCase);
}
