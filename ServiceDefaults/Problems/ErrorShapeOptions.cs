namespace Zakenak.ServiceDefaults;

/// <summary>Set in code by a service, not by configuration.</summary>
internal sealed class ErrorShapeOptions
{
    public bool OpenAiUnderV1 { get; set; }
}
