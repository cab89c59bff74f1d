namespace Zakenak.Gateway.Routing;

/// <summary>Which tokens a kind of request takes.</summary>
internal enum TokenUse
{
    /// <summary>Nothing is computed.</summary>
    None,

    /// <summary>What comes in.</summary>
    Prompt,

    /// <summary>What comes in and what is made of it.</summary>
    PromptAndCompletion,
}
