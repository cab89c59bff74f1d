namespace Zakenak.Gateway.Identity;

/// <summary>By what a sender is known.</summary>
internal enum IdentityKind
{
    /// <summary>Nothing was shown.</summary>
    None,
    ApiKey,
    Jwt,

    /// <summary>A client certificate with a SPIFFE id.</summary>
    Workload,

    /// <summary>The chat page's session.</summary>
    ChatSession,
}
