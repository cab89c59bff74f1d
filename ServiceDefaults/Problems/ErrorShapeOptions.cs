namespace Zakenak.ServiceDefaults;

/// <summary>Set in code by a service, not by configuration.</summary>
internal sealed class ErrorShapeOptions
{
    /// <summary>First segments of the paths whose clients are OpenAI clients.</summary>
    public IReadOnlyList<string> OpenAiUnder { get; set; } = [];
}
