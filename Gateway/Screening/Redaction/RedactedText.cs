namespace Zakenak.Gateway.Screening.Redaction;

/// <summary>A text of an answer or a request, and where it lies.</summary>
/// <param name="From">Index of its opening quote.</param>
/// <param name="To">After its closing one.</param>
/// <param name="Slot">Which text of its choice it belongs to.</param>
internal readonly record struct RedactedText(int From, int To, int Slot)
{
    public const int Content = 0;
    public const int Refusal = 1;
    public const int Reasoning = 2;

    /// <summary>The arguments of the first call of a tool; those of others follow.</summary>
    public const int Arguments = 3;

    /// <summary>Not a text but all that is told of tokens, which would tell what was taken out.</summary>
    public const int Logprobs = -1;
}
