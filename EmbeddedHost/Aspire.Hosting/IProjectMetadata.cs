using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Which project a resource is.</summary>
public interface IProjectMetadata : IResourceAnnotation
{
    string ProjectPath { get; }
}

internal sealed class ProjectMetadata(string projectPath, string assemblyPath) : IProjectMetadata
{
    public string ProjectPath { get; } = projectPath;

    /// <summary>What the build made of the project.</summary>
    public string AssemblyPath { get; } = assemblyPath;
}
