using System.Collections.Concurrent;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Identity.Jwt;

/// <summary>The keys of all issuers, kept fresh. One that hangs delays none of the others.</summary>
internal sealed class JwksSources(LiveOptions<JwtOptions> options, TimeProvider time, ILogger<JwksSource> logger) : BackgroundService
{
    private static readonly TimeSpan _tick = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(string, JwksReader), JwksSource> _sources = new();

    /// <summary>Those of the issuers that are configured now.</summary>
    public IEnumerable<JwksSource> Current => options.Current.Issuers.Select(For);

    public JwksSource For(JwtIssuerOptions issuer) =>
        _sources.GetOrAdd((issuer.Name, JwksReader.Of(issuer)), key => new JwksSource(key.Item1, key.Item2, options, time, logger));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_tick, time);
        do
        {
            foreach (var source in Current)
                source.ReadIfDue();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
