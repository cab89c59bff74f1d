namespace Zakenak.Engine.Tests.Conformance;

/// <summary>
/// What the scheduler, the prefix cache and the endpoints build on. Every adapter runs all of it: a class beside the adapter's other tests
/// says how to load.
/// </summary>
public abstract partial class BackendConformance(TinyModel model)
{
    /// <summary>A tiny random model with weights in F32.</summary>
    protected TinyModel Model { get; } = model;

    /// <summary>A model by this adapter.</summary>
    protected abstract ILlamaBackend Load(EngineOptions options, string? path = null, NativeLog? log = null);

    private ILlamaBackend Load(int contextTokens = 1024, int maxSequences = 8, int batchTokens = 256) =>
        Load(new EngineOptions { Threads = 1, ContextTokens = contextTokens, MaxSequences = maxSequences, BatchTokens = batchTokens });
}
