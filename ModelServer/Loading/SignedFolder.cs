using Microsoft.Extensions.Options;
using Zakenak.Engine;
using Zakenak.Engine.LlamaCpp;
using Zakenak.ModelTrust.Gguf;
using Zakenak.ModelTrust.Sealing;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelServer.Loading;

/// <summary>
/// Opens the configured model: first its signature, its digests and its header are verified over bytes in sealed memory, and only then
/// are those very bytes handed to native code. What happens to the file afterwards changes nothing.
/// </summary>
public sealed class SignedFolder(IOptions<ModelOptions> model, IOptions<EngineOptions> engine, TimeProvider time, ILogger<SignedFolder> logger) : IModelSource
{
    /// <inheritdoc/>
    public OpeningResult Open(CancellationToken cancellationToken)
    {
        var options = model.Value;
        var signers = AllowedSigners.Load(options.SignersDirectory);
        if (!signers.IsSuccess)
        {
            return OpeningResult.Refused(signers.Refusal.Code, signers.Refusal.Message);
        }

        var verified = ModelLoader.OpenVerified(
            new ModelRequest
            {
                Directory = options.Directory,
                Name = options.Name,
                Version = options.Version,
                Signers = signers.Value,
            },
            new VerificationProgress(time, logger),
            cancellationToken);
        if (!verified.IsSuccess)
        {
            return OpeningResult.Refused(verified.Refusal.Code, verified.Refusal.Message);
        }

        var bytes = verified.Value;
        Log.Verified(logger, $"{bytes.Name}:{bytes.Version}", bytes.ModelDigest, bytes.Signer.ToString(), bytes.Length);
        LlamaCppBackend? backend = null;
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            backend = LlamaCppBackend.Load(engine.Value, bytes.Path, OnNativeLine);
            return OpeningResult.Opened(new OpenedModel(bytes.Name, bytes.Version, bytes.ModelDigest, Defaults(bytes.Header.Sampling), backend, bytes));
        }
        catch (EngineException e)
        {
            return OpeningResult.Refused(e.Code, e.Message);
        }
        finally
        {
            if (backend is null)
            {
                bytes.Dispose();
            }
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
