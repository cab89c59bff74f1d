using System.ComponentModel.DataAnnotations;
using System.Net;

namespace Zakenak.Gateway.Edge;

/// <summary>Section <c>Edge</c>: what one client may cost before anybody knows who it is, and what browsers are told.</summary>
internal sealed class GuardOptions : IValidatableObject
{
    public const string Section = "Edge";

    private IPNetwork[]? _proxies;

    /// <summary>Connections of everybody.</summary>
    [Range(1, 1_000_000)]
    public int MaxConnections { get; set; } = 10_000;

    /// <summary>Connections of one address; an IPv6 client is its /64. Trusted proxies may have more.</summary>
    [Range(1, 1_000_000)]
    public int MaxConnectionsPerAddress { get; set; } = 2048;

    /// <summary>Requests of one address, so many at once and then so many a minute; absent: only keys and tenants are limited.</summary>
    [Range(1, 10_000_000)]
    public int? RequestsPerMinute { get; set; }

    /// <summary>Answers 401 to one address in a minute; then it is refused unseen for a while, so that no keys are guessed.</summary>
    [Range(1, 1_000_000)]
    public int RefusalsPerMinute { get; set; } = 600;

    /// <summary>Bytes of method and URL together. Read at start.</summary>
    [Range(256, 64 * 1024)]
    public int MaxRequestLineBytes { get; set; } = 4 * 1024;

    /// <summary>Bytes of all headers. Read at start.</summary>
    [Range(1024, 256 * 1024)]
    public int MaxHeaderBytes { get; set; } = 16 * 1024;

    /// <summary>How many headers. Read at start.</summary>
    [Range(16, 1000)]
    public int MaxHeaders { get; set; } = 64;

    /// <summary>For all headers to arrive, from the first byte on. Read at start.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan HeadersTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>For the next request of a connection to begin. Read at start.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromSeconds(130);

    /// <summary>A body that arrives more slowly, and an answer that is taken more slowly, ends its connection after <see cref="SlowGrace"/>. Read at start.</summary>
    [Range(1, 1_000_000)]
    public int MinBytesPerSecond { get; set; } = 240;

    /// <summary>How long a client may be slower than that at first. Read at start.</summary>
    [Range(typeof(TimeSpan), "00:00:01.001", "00:05:00")]
    public TimeSpan SlowGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Requests at once on one HTTP/2 connection. Read at start.</summary>
    [Range(1, 10_000)]
    public int MaxStreamsPerConnection { get; set; } = 100;

    /// <summary>Whether HTTP/3 is offered beside HTTP/2; needs libmsquic on the machine. Read at start.</summary>
    public bool Http3 { get; set; }

    /// <summary>Networks (CIDR) of proxies whose word about a client's address counts.</summary>
    public IReadOnlyList<string> TrustedProxies { get; set; } = [];

    /// <summary>The one header in which they say it; the others are not looked at.</summary>
    public ForwardedBy ForwardedBy { get; set; } = ForwardedBy.XForwardedFor;

    /// <summary>Origins whose pages may call the API from a browser, exactly as browsers say them: <c>https://app.example</c>.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; set; } = [];

    /// <summary>How long browsers that were here by HTTPS come by nothing else; 0 doesn't say. Never said in namespace dev, where localhost is everybody's.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "730.00:00:00")]
    public TimeSpan HstsMaxAge { get; set; } = TimeSpan.FromDays(365);

    /// <summary>Whether this is the address of a trusted proxy.</summary>
    public bool Trusts(IPAddress address)
    {
        if (TrustedProxies.Count == 0)
            return false;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        foreach (var network in _proxies ??= [.. TrustedProxies.Select(IPNetwork.Parse)])
        {
            if (network.Contains(address))
                return true;
        }

        return false;
    }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var network in TrustedProxies)
        {
            if (!IPNetwork.TryParse(network, out _))
                yield return new ValidationResult($"'{network}' is no network, e.g. 10.0.0.0/8; one address is /32 or /128.", [nameof(TrustedProxies)]);
        }

        foreach (var origin in AllowedOrigins)
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http") || origin != uri.GetLeftPart(UriPartial.Authority))
                yield return new ValidationResult($"'{origin}' is no origin, e.g. https://app.example: scheme, host and a port that is not the scheme's own, in lower case, and no '*'.", [nameof(AllowedOrigins)]);
        }
    }
}
