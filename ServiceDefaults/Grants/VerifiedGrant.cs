using Zakenak.Contracts;

namespace Zakenak.ServiceDefaults.Grants;

/// <summary>The grant of a request, checked, and the JWS it came as, which is forwarded unchanged.</summary>
public sealed record VerifiedGrant(Grant Grant, string Jws)
{
    /// <summary>Without the JWS, which is a credential.</summary>
    public override string ToString() => $"grant of {Grant.KeyId}";
}
