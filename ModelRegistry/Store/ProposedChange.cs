using Zakenak.Contracts;

namespace Zakenak.ModelRegistry;

/// <summary>A change that was checked and may be made.</summary>
/// <param name="Document">The version after it, with the history before it.</param>
/// <param name="Entry">What the history will say; the store gives it its event id.</param>
internal sealed record ProposedChange(VersionDocument Document, HistoryEntry Entry)
{
    /// <summary>The document with its history.</summary>
    public VersionDocument WithEvent(long id) => Document with { History = [.. Document.History, Entry with { Event = id }] };
}
