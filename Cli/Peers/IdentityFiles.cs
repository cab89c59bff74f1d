namespace Zakenak.Cli.Peers;

/// <summary>An X.509-SVID that somebody else obtained.</summary>
/// <param name="Certificate">Leaf first, then what is between it and the root.</param>
internal sealed record IdentityFiles(string Certificate, string Key, string TrustAnchors);
