namespace Zakenak.AppHost;

/// <summary>The services of the suite, wherever they run.</summary>
public sealed record Suite(
    IResourceBuilder<ProjectResource> CertAuthority,
    IResourceBuilder<ProjectResource> FeatureProxy,
    IResourceBuilder<ProjectResource> ModelRegistry,
    IResourceBuilder<ProjectResource> ModelServer,
    IResourceBuilder<ProjectResource> Gateway)
{
    public IEnumerable<IResourceBuilder<ProjectResource>> Services => [CertAuthority, FeatureProxy, ModelRegistry, ModelServer, Gateway];
}
