namespace Zakenak.Engine;

/// <summary>How the hidden states of a text's tokens become its one vector.</summary>
public enum Pooling
{
    /// <summary>Their mean; also for models that don't say, which is what generative ones do.</summary>
    Mean,

    /// <summary>That of the first token.</summary>
    First,

    /// <summary>That of the last token.</summary>
    Last,
}
