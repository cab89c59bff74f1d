namespace Zakenak.Gateway.Screening.Redaction;

/// <summary>Names of patterns: <c>email</c>, <c>card</c>, <c>iban</c>, <c>secret</c>, or of one's own.</summary>
internal class RedactedKinds
{
    /// <summary>Taken out of answers.</summary>
    public IList<string> Answers { get; init; } = [];

    /// <summary>Taken out of prompts, before a model server gets them.</summary>
    public IList<string> Requests { get; init; } = [];
}
