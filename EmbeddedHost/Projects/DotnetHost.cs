using System.Runtime.InteropServices;

namespace EmbeddedHost.Projects;

/// <summary>The <c>dotnet</c> that runs this very process; PATH may name another one, or none.</summary>
internal static class DotnetHost
{
    public static string Path { get; } = Find();

    private static string Find()
    {
        // .../shared/Microsoft.NETCore.App/10.0.0/ -> .../dotnet
        var root = System.IO.Path.GetFullPath(System.IO.Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        var candidate = System.IO.Path.Combine(root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        return File.Exists(candidate) ? candidate : "dotnet";
    }
}
