using System.ComponentModel.DataAnnotations;

namespace Zakenak.ModelServer.Batching;

/// <summary>Bounds of the queue before the engine; section <c>Batching</c>.</summary>
public sealed class BatchingOptions
{
    public const string Section = "Batching";

    /// <summary>Most requests that wait for a slot. More are refused at once: a client that is told to come back is better off than one that times out.</summary>
    [Range(1, 10_000)]
    public int QueueLimit { get; set; } = 64;

    /// <summary>What a refused client is told to wait, in seconds.</summary>
    [Range(1, 3600)]
    public int RetryAfterSeconds { get; set; } = 1;
}
