using Zakenak.Contracts;

namespace Zakenak.ModelRegistry;

/// <summary>
/// The newest events, in order, for any number of readers. A reader asks for what comes after the id it has and waits where there is nothing; nobody has
/// a queue of its own, so a slow reader costs nothing and one that comes back goes on where it was.
/// </summary>
internal sealed class EventFeed
{
    /// <summary>Events kept; each is about 200 bytes. Whoever was away for longer reads the versions anew.</summary>
    public const int Capacity = 10_000;

    private readonly Lock _lock = new();
    private readonly List<FeedEvent> _events = [];
    private TaskCompletionSource _appended = NewSignal();

    /// <summary>Id of the newest event, 0 before the first.</summary>
    public long LastId { get; private set; }

    public static FeedEvent EventOf(VersionDocument document, HistoryEntry entry) =>
        new(entry.Event, new RegistryEvent(entry.Action, document.Name, document.Version));

    /// <summary>Takes events whose ids are above all before; ones that it has are left out.</summary>
    public void Append(IReadOnlyList<FeedEvent> events)
    {
        TaskCompletionSource signal;
        lock (_lock)
        {
            foreach (var added in events.Where(e => e.Id > LastId).ToList())
            {
                _events.Add(added);
                LastId = added.Id;
            }

            if (_events.Count > Capacity)
            {
                _events.RemoveRange(0, _events.Count - Capacity);
            }

            (signal, _appended) = (_appended, NewSignal());
        }

        signal.SetResult();
    }

    /// <summary>Whether every event after this id is still here.</summary>
    public bool Has(long after)
    {
        lock (_lock)
        {
            // Ids have no gaps: what comes before the oldest is known by its number.
            return after <= LastId && after >= (_events.Count == 0 ? LastId : _events[0].Id - 1);
        }
    }

    /// <summary>At most <paramref name="most"/> events after an id, oldest first; where there is none, the task that ends when there may be.</summary>
    public (IReadOnlyList<FeedEvent> Events, Task Appended) Read(long after, int most)
    {
        lock (_lock)
        {
            var from = _events.FindLastIndex(e => e.Id <= after) + 1;
            return (_events.GetRange(from, Math.Min(most, _events.Count - from)), _appended.Task);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
