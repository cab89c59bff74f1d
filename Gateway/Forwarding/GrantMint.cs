using Microsoft.Extensions.Options;
using Zakenak.Contracts;
using Zakenak.Gateway.Requests;
using Zakenak.ServiceDefaults;
using Zakenak.ServiceDefaults.Grants;

namespace Zakenak.Gateway.Forwarding;

/// <summary>Turns what the pipeline decided about a request into the signed grant that the services behind obey.</summary>
internal sealed class GrantMint(GrantIssuer issuer, IWorkloadIdentity identity, IOptions<ForwardingOptions> options, TimeProvider time)
{
    private static readonly string[] _modelOnly = [ServiceNames.ModelServer];
    private static readonly string[] _withFeatures = [ServiceNames.ModelServer, ServiceNames.FeatureProxy];

    private readonly string _id = identity.Id.ToString();

    public MintedGrant Mint(InferenceRequest request)
    {
        var client = request.Client!;
        var now = time.GetUtcNow();
        return issuer.Mint(new Grant
        {
            Issuer = _id,
            Audience = client.Features.Count > 0 ? _withFeatures : _modelOnly,
            Tenant = client.Tenant,
            RequestId = request.Id,
            IssuedAt = now.ToUnixTimeSeconds(),
            ExpiresAt = (now + options.Value.GrantLifetime).ToUnixTimeSeconds(),
            KeyId = client.KeyId,
            Model = request.Route!.Model.Id,
            MaxTokens = request.Tokens?.Total,
            MaxCompletionTokens = request.Tokens?.PerChoice,
            Features = client.Features,
        });
    }
}
