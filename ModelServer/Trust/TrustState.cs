using Microsoft.Extensions.Options;
using Zakenak.ModelServer.Loading;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Policy;
using Zakenak.ServiceDefaults;
using Refusal = Zakenak.ModelTrust.Refusal;

namespace Zakenak.ModelServer.Trust;

/// <summary>The policy in force, and the memory by which no older policy or statement comes back. Any thread.</summary>
public sealed class TrustState(
    IOptions<TrustOptions> options, IOptions<ModelOptions> model, ServiceContext service, TimeProvider time, ILogger<TrustState> logger)
{
    private readonly Lock _gate = new();
    private TrustMemory? _memory;

    private string MemoryFile => options.Value.MemoryFile ?? Path.Combine(model.Value.Directory, "trust-memory.json");

    /// <summary>The policy as it is on disk now, unless a newer one was seen before.</summary>
    public Result<ModelPolicy> LoadPolicy()
    {
        var policy = ModelPolicy.Load(options.Value.PolicyFile, options.Value.PolicyRootFile, service.IsDevelopment, time);
        if (!policy.IsSuccess)
        {
            return policy.Refusal;
        }

        return Remember(memory => memory.Admit(policy.Value)) is { } outdated ? outdated : policy;
    }

    /// <summary>What was seen of the served version in this process and before.</summary>
    public Result<VersionEvidence> Recall(VersionEvidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        var memory = OpenMemory();
        return memory.IsSuccess ? evidence with { Seen = memory.Value.Recall(evidence.Name, evidence.Version) } : memory.Refusal;
    }

    /// <summary>Remembers the stage statement of this evidence if an approver signed it for this very version.</summary>
    public void Remember(ModelRule rule, VersionEvidence evidence) => Remember(memory => memory.Admit(rule, evidence));

    /// <summary>A refusal, unless only the disk refused: then this process remembers, and says that the next one will not.</summary>
    private Refusal? Remember(Func<TrustMemory, Refusal?> admit)
    {
        var memory = OpenMemory();
        var refusal = memory.IsSuccess ? admit(memory.Value) : memory.Refusal;
        if (refusal?.Code != RefusalCodes.WriteFailed)
        {
            return refusal;
        }

        Log.NotRemembered(logger, refusal.Message);
        return null;
    }

    private Result<TrustMemory> OpenMemory()
    {
        lock (_gate)
        {
            if (_memory is not null)
            {
                return _memory;
            }

            try
            {
                // A fetch makes its folder only later, and a memory that can't be written there is no reason not to read one.
                Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(MemoryFile))!);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Log.NotRemembered(logger, e.Message);
            }

            var opened = TrustMemory.Open(MemoryFile);
            _memory = opened.Value;
            return opened;
        }
    }
}
