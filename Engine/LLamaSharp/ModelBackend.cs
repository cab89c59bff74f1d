using Zakenak.Engine.LLamaSharp;

namespace Zakenak.Engine;

/// <summary>Loads a model with the adapter that this build has: here LLamaSharp's.</summary>
public static class ModelBackend
{
    /// <inheritdoc cref="LLamaSharpBackend.Load"/>
    public static ILlamaBackend Load(EngineOptions options, string modelPath, NativeLog? log = null) => LLamaSharpBackend.Load(options, modelPath, log);
}
