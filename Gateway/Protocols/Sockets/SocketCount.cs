using Microsoft.Extensions.Options;

namespace Zakenak.Gateway.Protocols.Sockets;

/// <summary>How many connections there are, of everybody and of each tenant that has one.</summary>
internal sealed class SocketCount(IOptions<SocketsOptions> options)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _tenants = new(StringComparer.Ordinal);
    private int _all;

    /// <summary>Null where one more may be; give it back with <see cref="Leave"/>.</summary>
    public SocketLimit? TryEnter(string tenant)
    {
        lock (_lock)
        {
            var own = _tenants.GetValueOrDefault(tenant);
            if (_all >= options.Value.MaxConnections)
                return SocketLimit.Everybody;
            if (own >= options.Value.MaxTenantConnections)
                return SocketLimit.Tenant;
            _all++;
            _tenants[tenant] = own + 1;
            return null;
        }
    }

    public void Leave(string tenant)
    {
        lock (_lock)
        {
            _all--;
            if (--_tenants[tenant] == 0)
                _tenants.Remove(tenant);
        }
    }
}
