using Zakenak.Contracts;
using Zakenak.Gateway.Identity.ApiKeys;
using Zakenak.Gateway.Identity.Jwt;
using Zakenak.Gateway.Identity.WorkloadClients;
using Zakenak.Gateway.Refusals;

namespace Zakenak.Gateway.Identity;

/// <summary>
/// Finds out who sends a request: by the key or token in its header, or, only where there is no such header, by the certificate of its
/// connection. What is shown counts: a wrong key is not made up for by a right certificate.
/// </summary>
internal sealed class ClientIdentifier(ApiKeyStore keys, JwtAuthenticator tokens, WorkloadClientDirectory workloads, TimeProvider time)
{
    private const string Scheme = "Bearer ";

    private static readonly AccessFault _missing = new(IdentityKind.None, AccessReasons.Missing, ApiRefusals.InvalidKey);

    private static readonly AccessFault _malformed = new(IdentityKind.None, AccessReasons.Malformed, ApiRefusals.InvalidKey);

    public ValueTask<Identification> IdentifyAsync(HttpContext context)
    {
        var authorization = context.Request.Headers.Authorization;
        if (authorization.Count == 0)
            return ValueTask.FromResult(workloads.Identify(context) ?? _missing);
        var header = authorization.Count == 1 ? authorization[0].AsSpan() : default;
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return ValueTask.FromResult<Identification>(_malformed);
        var credentials = header[Scheme.Length..].Trim(' ');
        return tokens.AreAccepted && !credentials.StartsWith(ApiKey.Prefix, StringComparison.Ordinal)
            ? tokens.AuthenticateAsync(credentials, keys.Current, context.RequestAborted)
            : ValueTask.FromResult(keys.Current.Authenticate(credentials, time.GetUtcNow()));
    }
}
