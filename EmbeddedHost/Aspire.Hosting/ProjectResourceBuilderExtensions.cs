using Aspire.Hosting.ApplicationModel;
using EmbeddedHost.Projects;

namespace Aspire.Hosting;

/// <summary>Adds and configures .NET projects.</summary>
public static class ProjectResourceBuilderExtensions
{
    /// <summary>Adds a project that the AppHost project references. It is never built here: the AppHost's build did that.</summary>
    public static IResourceBuilder<ProjectResource> AddProject(this IDistributedApplicationBuilder builder, string name, string projectPath)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(projectPath);

        var fullPath = Path.GetFullPath(projectPath, builder.AppHostDirectory);
        var project = builder.AddResource(new ProjectResource(name));
        project.WithAnnotation(new ProjectMetadata(fullPath, BuiltProjects.AssemblyOf(builder.AppHostAssembly, name, fullPath)));
        return project.WithEnvironment(AspNetCoreUrls.Set);
    }

    public static IResourceBuilder<ProjectResource> WithReplicas(this IResourceBuilder<ProjectResource> builder, int replicas)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentOutOfRangeException.ThrowIfLessThan(replicas, 1);
        return builder.WithAnnotation(new ReplicaAnnotation(replicas), ResourceAnnotationMutationBehavior.Replace);
    }

    public static IResourceBuilder<ProjectResource> DisableForwardedHeaders(this IResourceBuilder<ProjectResource> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithAnnotation<DisableForwardedHeadersAnnotation>(ResourceAnnotationMutationBehavior.Replace);
    }
}
