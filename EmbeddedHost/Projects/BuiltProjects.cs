using System.Reflection;
using Aspire.Hosting;

namespace EmbeddedHost.Projects;

/// <summary>Finds what the AppHost's build made of the projects it references; EmbeddedHost.targets wrote that into the AppHost's assembly.</summary>
internal static class BuiltProjects
{
    private const string ProjectKeyPrefix = "EmbeddedHost.Project:";

    public static string? DirectoryOf(Assembly? appHost) => Metadata(appHost)
        .FirstOrDefault(item => string.Equals(item.Key, "AppHostProjectPath", StringComparison.OrdinalIgnoreCase))?.Value;

    /// <summary>The built assembly of a project, or an error that says what to add to the AppHost project.</summary>
    public static string AssemblyOf(Assembly? appHost, string name, string projectPath)
    {
        var assembly = Metadata(appHost).FirstOrDefault(item => item.Key == ProjectKeyPrefix + projectPath)?.Value;
        if (assembly is null)
        {
            throw new DistributedApplicationException(File.Exists(projectPath)
                ? $"The project of '{name}' ({projectPath}) is not built with this AppHost. Add to the AppHost project: <ProjectReference Include=\"{projectPath}\" ReferenceOutputAssembly=\"false\" />"
                : $"The project of '{name}' does not exist: {projectPath}");
        }

        return assembly;
    }

    private static IEnumerable<AssemblyMetadataAttribute> Metadata(Assembly? appHost) =>
        appHost?.GetCustomAttributes<AssemblyMetadataAttribute>() ?? [];
}
