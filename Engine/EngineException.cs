namespace Zakenak.Engine;

/// <summary>The engine could not do what it was asked for; <see cref="Code"/> is one of <see cref="EngineErrorCode"/>.</summary>
public sealed class EngineException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What went wrong, for programs.</summary>
    public string Code { get; } = code;
}
