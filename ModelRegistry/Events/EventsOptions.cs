using System.ComponentModel.DataAnnotations;

namespace Zakenak.ModelRegistry;

/// <summary>Section <c>Registry</c>: subscribers of <c>/v1/events</c>.</summary>
public sealed class EventsOptions
{
    /// <summary>Streams at a time; each holds a connection.</summary>
    [Range(1, 100_000)]
    public int MaxSubscribers { get; set; } = 256;

    /// <summary>A quiet stream gets a comment this often, so that both ends notice a dead connection.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00", ErrorMessage = "must be between 10 milliseconds and 10 minutes, e.g. 00:00:05.")]
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>A subscriber that takes no bytes for this long is cut off; it can go on by the id of the last event it has.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00", ErrorMessage = "must be between 10 milliseconds and 10 minutes, e.g. 00:00:10.")]
    public TimeSpan SlowSubscriberTimeout { get; set; } = TimeSpan.FromSeconds(10);
}
