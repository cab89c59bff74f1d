using System.Collections.Frozen;
using Microsoft.Extensions.Options;

namespace Zakenak.Gateway.ChatPage;

/// <summary>Tells the page's own requests from those that another site makes a browser send.</summary>
internal sealed class SameOrigin(IOptions<ChatPageOptions> options)
{
    /// <summary>A header that no form can send, and no other site's script without a permission that is never given.</summary>
    public const string Header = "x-zakenak-chat";

    private readonly FrozenSet<string> _hosts = options.Value.AllowedHosts.Concat(["localhost", "127.0.0.1", "[::1]"])
        .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether the Host header is a name of ours. Any other is a name that somebody else points here (DNS rebinding).</summary>
    public bool IsKnownHost(HttpRequest request) => _hosts.Contains(request.Host.Host);

    /// <summary>Whether a request that changes something was made by the page.</summary>
    public static bool IsOurs(HttpRequest request)
    {
        var site = request.Headers["Sec-Fetch-Site"];
        var origin = request.Headers.Origin;
        return request.Headers[Header] == "1"
            && (site.Count == 0 || site == "same-origin")
            && (origin.Count == 0 || origin == $"{request.Scheme}://{request.Host}");
    }
}
