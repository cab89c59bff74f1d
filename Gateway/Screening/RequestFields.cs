namespace Zakenak.Gateway.Screening;

/// <summary>What the gateway has to know of a request.</summary>
/// <param name="Model">As the client named it.</param>
/// <param name="Stream">Whether the answer is a stream of events.</param>
/// <param name="WantsUsage">Whether the client asked for usage at the end of the stream.</param>
/// <param name="StreamOptions">Where the value of <c>stream_options</c> lies in the body; null where there is none.</param>
/// <param name="ObjectStart">Index of the body's first brace.</param>
internal sealed record RequestFields(string Model, bool Stream, bool WantsUsage, Range? StreamOptions, int ObjectStart)
{
    /// <summary>What the limits have to know.</summary>
    public AskedTokens Asked { get; init; } = AskedTokens.Nothing;

    /// <summary>Where the bytes lie in the body by which a conversation is known again.</summary>
    public Range PromptPrefix { get; init; }
}
