using Microsoft.Extensions.Options;
using Zakenak.Engine;
using Zakenak.ModelDelivery.Pulling;
using Zakenak.ModelServer.Fetching;
using Zakenak.ModelServer.Trust;
using Zakenak.ModelServer.Watching;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Gguf;
using Zakenak.ModelTrust.Policy;
using Zakenak.ModelTrust.Sealing;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelServer.Loading;

/// <summary>
/// Opens the model in the folder that a fetch finished: its signature is verified, policy decides, its digests and its header are verified
/// over bytes in sealed memory, and only then are those very bytes handed to native code. What happens to the files afterwards changes nothing.
/// </summary>
public sealed class FetchedFolder(
    IOptions<ModelOptions> model,
    IOptions<RegistryOptions> registry,
    IOptions<EngineOptions> engine,
    TrustState trust,
    TimeProvider time,
    ILogger<FetchedFolder> logger)
{
    /// <summary>Takes as long as reading all of the model takes.</summary>
    public OpeningResult Open(CancellationToken cancellationToken)
    {
        var options = model.Value;
        var fetched = FetchedModel.Read(options.Directory);
        if (!fetched.IsSuccess)
        {
            return OpeningResult.Refused(fetched.Refusal);
        }

        var policy = trust.LoadPolicy();
        if (!policy.IsSuccess)
        {
            return OpeningResult.Refused(policy.Refusal);
        }

        if (policy.Value.For(options.Name) is not { } rule)
        {
            return OpeningResult.Refused(ModelFetcher.NotInPolicy(options.Name));
        }

        VersionStanding? standing = null;
        Refusal? decided = null;
        var verified = ModelLoader.OpenVerified(
            new ModelRequest
            {
                Directory = Path.Combine(options.Directory, "model"),
                Name = options.Name,
                Version = options.Version,
                Signers = rule.Signers,
                Decide = signed => decided = Decide(policy.Value, signed, fetched.Value, out standing),
            },
            new VerificationProgress(time, logger),
            cancellationToken);
        if (!verified.IsSuccess)
        {
            return OpeningResult.Refused(verified.Refusal, mayChange: decided is { Code: not RefusalCodes.Revoked });
        }

        var bytes = verified.Value;
        Log.Verified(logger, $"{bytes.Name}:{bytes.Version}", bytes.ModelDigest, bytes.Signer.ToString(), bytes.Length);
        ILlamaBackend? backend = null;
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            backend = ModelBackend.Load(engine.Value, bytes.Path, OnNativeLine);
            return OpeningResult.Opened(new OpenedModel(bytes.Name, bytes.Version, bytes.ModelDigest, Defaults(bytes.Header.Sampling), backend, bytes) { Standing = standing });
        }
        catch (EngineException e)
        {
            return OpeningResult.Refused(new Refusal(e.Code, e.Message));
        }
        finally
        {
            if (backend is null)
            {
                bytes.Dispose();
            }
        }
    }

    private Refusal? Decide(ModelPolicy policy, SignedModel signed, FetchedModel fetched, out VersionStanding? standing)
    {
        standing = null;
        var evidence = Evidence(signed);
        if (!evidence.IsSuccess)
        {
            return evidence.Refusal;
        }

        trust.Remember(policy.For(model.Value.Name)!, evidence.Value);
        var grace = registry.Value.Url is null ? (TimeSpan?)null : registry.Value.UnreachableGrace;
        standing = new VersionStanding(policy, evidence.Value, grace, fetched.RegistryConfirmedAt, time);

        // How long ago the registry confirmed it says only whether requests are taken yet: it may confirm it any moment.
        return policy.Decide(evidence.Value, time.GetUtcNow());
    }

    private Result<VersionEvidence> Evidence(SignedModel signed)
    {
        try
        {
            var stage = Path.Combine(model.Value.Directory, "stage.json");
            var attestations = Path.Combine(model.Value.Directory, "attestations");
            return trust.Recall(model.Value.EvidenceOf(signed) with
            {
                StageEnvelope = File.Exists(stage) ? (ReadOnlyMemory<byte>?)(File.ReadAllBytes(stage)) : null,
                Attestations = !Directory.Exists(attestations)
                    ? []
                    : [.. Directory.GetFiles(attestations, "*.json").Order(StringComparer.Ordinal).Select(file => (ReadOnlyMemory<byte>)File.ReadAllBytes(file))],
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Refusal(RefusalCodes.FileUnreadable, $"{model.Value.Directory} can't be read: {e.Message}. Fetch the model again.");
        }
    }

    private SamplingDefaults Defaults(SamplingRecommendation recommended)
    {
        foreach (var key in recommended.IgnoredKeys)
        {
            Log.RecommendationIgnored(logger, key);
        }

        var otherwise = new SamplingDefaults();
        return new SamplingDefaults(recommended.Temperature ?? otherwise.Temperature, recommended.TopP ?? otherwise.TopP);
    }

    // What the library calls information is a page for each load: of use when something is odd, not every day.
    private void OnNativeLine(NativeLogLevel level, string line)
    {
        if (level >= NativeLogLevel.Warning)
        {
            Log.NativeWarning(logger, line);
        }
        else
        {
            Log.NativeLine(logger, line);
        }
    }
}
