using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Pipelines;
using Microsoft.Extensions.Configuration;

#pragma warning disable ASPIREPIPELINES004
namespace EmbeddedHost.Publishing;

/// <summary><c>--output-path</c>, or <c>aspire-output</c> in the AppHost's folder.</summary>
internal sealed class PipelineOutput(IConfiguration configuration, string appHostDirectory) : IPipelineOutputService
{
    private readonly string _directory =
        configuration["Pipeline:OutputPath"] is { } path ? Path.GetFullPath(path) : Path.Combine(appHostDirectory, "aspire-output");

    public string GetOutputDirectory() => _directory;

    public string GetOutputDirectory(IResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return Path.Combine(_directory, resource.Name);
    }
}
