namespace Zakenak.Gateway.Resilience;

/// <summary>What an attempt says about the replica that it went to.</summary>
internal enum AttemptOutcome
{
    /// <summary>It answered, be it with a refusal.</summary>
    Answered,

    /// <summary>It could not be reached, died, fell silent, sent garbage, or said itself that it failed.</summary>
    Failed,

    /// <summary>Nothing: nobody waited for the answer any more.</summary>
    Abandoned,
}
