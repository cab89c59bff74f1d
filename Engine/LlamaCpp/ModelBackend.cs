using Zakenak.Engine.LlamaCpp;

namespace Zakenak.Engine;

/// <summary>Loads a model with the adapter that this build has: here our own P/Invoke of llama.cpp.</summary>
public static class ModelBackend
{
    /// <inheritdoc cref="LlamaCppBackend.Load"/>
    public static ILlamaBackend Load(EngineOptions options, string modelPath, NativeLog? log = null) => LlamaCppBackend.Load(options, modelPath, log);
}
