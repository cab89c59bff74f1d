namespace Zakenak.Gateway.Edge;

/// <summary>How proxies say whose request they pass on.</summary>
internal enum ForwardedBy
{
    /// <summary><c>X-Forwarded-For</c>.</summary>
    XForwardedFor,

    /// <summary><c>Forwarded</c> (RFC 7239).</summary>
    Forwarded,
}
