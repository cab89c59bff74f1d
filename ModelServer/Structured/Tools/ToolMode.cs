namespace Zakenak.ModelServer.Structured.Tools;

/// <summary>Whether the model calls tools.</summary>
public enum ToolMode
{
    /// <summary>It may.</summary>
    Auto,

    /// <summary>It must.</summary>
    Required,
}
