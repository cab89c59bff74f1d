using Zakenak.RandomModel;

[assembly: AssemblyFixture(typeof(Zakenak.Engine.Tests.TinyModel))]

namespace Zakenak.Engine.Tests;

/// <summary>A tiny random model on disk, for every test of this assembly, which holds the engine's lock meanwhile.</summary>
public sealed class TinyModel : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private EngineLock? _lock;

    /// <summary>Weights in F32, so that the order of a sum is all that differs between two ways to compute the same.</summary>
    public string Path => _folder.File("tiny.gguf");

    public async ValueTask InitializeAsync()
    {
        _lock = await EngineLock.AcquireAsync();
        RandomModelGenerator.Write(Path, ModelShape.Tiny, type: WeightType.F32);
        Load().Dispose(); // AbiCanaryTests read the native library without a model.
    }

    /// <summary>The model with one compute thread.</summary>
    public ILlamaBackend Load(int contextTokens = 1024, int maxSequences = 8, int batchTokens = 256) => ModelBackend.Load(
        new EngineOptions { Threads = 1, ContextTokens = contextTokens, MaxSequences = maxSequences, BatchTokens = batchTokens },
        Path);

    public ValueTask DisposeAsync()
    {
        _lock?.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
