using System.Text.Json;
using Zakenak.Contracts;

namespace Zakenak.AppHost.Local;

/// <summary>Where the services of this run that the command-line tool speaks to are: <c>run/endpoints.json</c>, there once they answer.</summary>
public static class EndpointsFile
{
    /// <summary>Writes the file before anything starts that waits for the registry.</summary>
    public static IResourceBuilder<ProjectResource> WithEndpointsFile(this IResourceBuilder<ProjectResource> registry, Suite suite, LocalState state)
    {
        ArgumentNullException.ThrowIfNull(registry);
        ArgumentNullException.ThrowIfNull(suite);
        ArgumentNullException.ThrowIfNull(state);
        return registry.OnResourceReady((_, _, _) =>
        {
            state.WriteRunSecret(Path.GetFileName(state.EndpointsFile), JsonSerializer.Serialize(new Dictionary<string, string>
            {
                [ServiceNames.ModelRegistry] = suite.ModelRegistry.GetEndpoint("https").Url,
                [ServiceNames.CertAuthority] = suite.CertAuthority.GetEndpoint("https").Url,

                // Its administration: what else it has is not for the tool.
                [ServiceNames.Gateway] = suite.Gateway.GetEndpoint("admin").Url,
            }));
            return Task.CompletedTask;
        });
    }
}
