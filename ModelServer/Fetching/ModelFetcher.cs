using Microsoft.Extensions.Options;
using Zakenak.Contracts;
using Zakenak.ModelDelivery;
using Zakenak.ModelDelivery.Pulling;
using Zakenak.ModelServer.Loading;
using Zakenak.ModelServer.Trust;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Policy;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelServer.Fetching;

/// <summary>Brings the configured version from the registry into its folder, once policy lets it be served.</summary>
public sealed class ModelFetcher(RegistryClient registry, TrustState trust, IOptions<ModelOptions> model, TimeProvider time)
{
    /// <exception cref="OperationCanceledException">Cancelled; the next fetch goes on where this one stopped.</exception>
    public async Task<Result<PulledModel>> FetchAsync(IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        var options = model.Value;
        var policy = trust.LoadPolicy();
        if (!policy.IsSuccess)
        {
            return policy.Refusal;
        }

        if (policy.Value.For(options.Name) is not { } rule)
        {
            return NotInPolicy(options.Name);
        }

        var request = new PullRequest
        {
            Name = options.Name,
            Version = options.Version,
            Destination = options.Directory,
            Signers = rule.Signers,
            PinnedDigest = options.Digest,
            Decide = (document, signed) => Decide(rule, document, signed),
        };
        return await new ModelPull(registry).RunAsync(request, progress, cancellationToken).ConfigureAwait(false);
    }

    internal static Refusal NotInPolicy(string name) =>
        new(RefusalCodes.ModelNotInPolicy, $"The policy has no rule for '{name}', so nobody may sign it. Add a rule to the policy if it should be served.");

    private Refusal? Decide(ModelRule rule, VersionDocument document, SignedModel signed)
    {
        var evidence = trust.Recall(model.Value.EvidenceOf(signed).With(document));
        if (!evidence.IsSuccess)
        {
            return evidence.Refusal;
        }

        trust.Remember(rule, evidence.Value);
        return rule.Decide(evidence.Value, time.GetUtcNow());
    }
}
