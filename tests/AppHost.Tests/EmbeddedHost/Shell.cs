using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Zakenak.AppHost.Tests.EmbeddedHost;

/// <summary>Adds resources that are a line of shell.</summary>
internal static class Shell
{
    public const string Forever = "while :; do sleep 0.05; done";

    public static IResourceBuilder<ExecutableResource> AddShell(this IDistributedApplicationBuilder builder, string name, string script) =>
        builder.AddExecutable(name, "sh", Path.GetTempPath(), "-c", script);

    /// <summary>A web server: answers its process id, or what a line "PATH STATUS TEXT" of the file says.</summary>
    public static IResourceBuilder<ExecutableResource> AddWeb(this IDistributedApplicationBuilder builder, string name, string? answers = null) =>
        builder.AddExecutable(name, "dotnet", Path.GetTempPath(), [HostProcess.Assembly, "serve", .. answers is null ? [] : new[] { answers }]);
}
