using Microsoft.Extensions.Options;
using Zakenak.Contracts;
using Zakenak.Gateway.Requests;
using Zakenak.ServiceDefaults;
using Zakenak.ServiceDefaults.Grants;

namespace Zakenak.Gateway.Forwarding;

/// <summary>
/// Turns what the pipeline decided about a request into the signed grant that the services behind obey. A signature takes as long as a third of all
/// else that a request takes here, so requests of one client that may do just the same share a grant for a short time. It names none of them.
/// </summary>
internal sealed class GrantMint(GrantIssuer issuer, IWorkloadIdentity identity, IOptions<ForwardingOptions> options, TimeProvider time)
{
    /// <summary>Of a grant's life, the part in which others get it too; the rest is for the wait in queues.</summary>
    private const int SharedPart = 8;

    private static readonly string[] _modelOnly = [ServiceNames.ModelServer];
    private static readonly string[] _withFeatures = [ServiceNames.ModelServer, ServiceNames.FeatureProxy];

    private readonly string _id = identity.Id.ToString();
    private volatile SharedGrants? _shared;

    public MintedGrant Mint(InferenceRequest request)
    {
        // Who reads features is told for which request, and records it. The model server takes such a grant along to the feature proxy.
        if (request.Client!.Features.Count > 0)
            return issuer.Mint(Grant(request, time.GetUtcNow(), _withFeatures, request.Id));
        var shared = Shared();
        var likeness = new GrantLikeness(request.Client, request.Route!.Model, request.Tokens?.Total, request.Tokens?.PerChoice);
        if (shared.Find(likeness) is not { } grant)
            shared.Add(likeness, grant = issuer.MintForPeer(Grant(request, shared.MintedAt, _modelOnly, requestId: null)));
        return grant;
    }

    private Grant Grant(InferenceRequest request, DateTimeOffset now, string[] audience, string? requestId) => new()
    {
        Issuer = _id,
        Audience = audience,
        Tenant = request.Client!.Tenant,
        RequestId = requestId,
        IssuedAt = now.ToUnixTimeSeconds(),
        ExpiresAt = (now + options.Value.GrantLifetime).ToUnixTimeSeconds(),
        KeyId = request.Client.KeyId,
        Model = request.Route!.Model.Id,
        MaxTokens = request.Tokens?.Total,
        MaxCompletionTokens = request.Tokens?.PerChoice,
        Features = request.Client.Features,
    };

    /// <summary>Those of now: not of an SVID that was replaced, and by the wall clock, for that is what grants are checked with, even where it was set back.</summary>
    private SharedGrants Shared()
    {
        var (shared, now, svid) = (_shared, time.GetUtcNow(), identity.Current);
        if (shared is not null && shared.Svid == svid && now >= shared.MintedAt && now < shared.MintedAt + (options.Value.GrantLifetime / SharedPart) && !shared.IsFull)
            return shared;
        return _shared = new SharedGrants(svid, now);
    }
}
