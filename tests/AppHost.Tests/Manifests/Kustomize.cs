using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Zakenak.AppHost.Tests.Manifests;

/// <summary><c>kubectl kustomize</c>, where there is one.</summary>
internal static class Kustomize
{
    public static IReadOnlyList<JsonObject> Build(PublishedSuite suite, string folder)
    {
        Assert.SkipUnless(
            (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(path => File.Exists(Path.Combine(path, "kubectl"))),
            "There is no kubectl.");
        using var process = Process.Start(new ProcessStartInfo("kubectl", ["kustomize", Path.Combine(suite.Folder, "kustomize", folder)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.GetAwaiter().GetResult());
        return [.. Documents.Parse(output)];
    }
}
