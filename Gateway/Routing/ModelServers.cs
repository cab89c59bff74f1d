using System.Collections;
using Microsoft.Extensions.Options;

namespace Zakenak.Gateway.Routing;

/// <summary>The configured replicas, in their order.</summary>
internal sealed class ModelServers(IOptions<ModelServersOptions> options) : IReadOnlyList<ModelServer>
{
    private readonly ModelServer[] _servers = [.. options.Value.Urls.Select(url => new ModelServer(new Uri(url)))];

    public int Count => _servers.Length;

    public ModelServer this[int index] => _servers[index];

    public IEnumerator<ModelServer> GetEnumerator() => ((IEnumerable<ModelServer>)_servers).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
