using System.ComponentModel.DataAnnotations;

namespace Zakenak.ModelServer.Batching;

/// <summary>The queue before the engine and how its steps are shared out; section <c>Batching</c>.</summary>
public sealed class BatchingOptions
{
    public const string Section = "Batching";

    /// <summary>Most requests that wait. More are refused at once: a client that is told to come back is better off than one that times out.</summary>
    [Range(1, 10_000)]
    public int QueueLimit { get; set; } = 256;

    /// <summary>Most requests of one tenant that wait, so that no tenant fills the queue alone.</summary>
    [Range(1, 10_000)]
    public int TenantQueueLimit { get; set; } = 64;

    /// <summary>How long a request may wait for its first step, in milliseconds.</summary>
    [Range(1, 3_600_000)]
    public int QueueTimeoutMs { get; set; } = 120_000;

    /// <summary>What a refused client is told to wait at least, in seconds; more where the queue is seen to take longer.</summary>
    [Range(1, 3600)]
    public int RetryAfterSeconds { get; set; } = 1;

    /// <summary>Most sequences that run at once; fewer where the engine has fewer ids.</summary>
    [Range(1, 256)]
    public int MaxSequences { get; set; } = 24;

    /// <summary>Most sequences of one tenant that run at once: others find room without waiting for its answers.</summary>
    [Range(1, 256)]
    public int MaxTenantSequences { get; set; } = 16;

    /// <summary>How long a step should take while answers are under way, in milliseconds: about the longest gap between two tokens.</summary>
    [Range(1, 10_000)]
    public int TargetStepMs { get; set; } = 80;

    /// <summary>Fewest tokens of prompts in a step, however slow the machine is.</summary>
    [Range(1, 8192)]
    public int LeastPromptTokens { get; set; } = 8;

    /// <summary>Whether cells of ended answers are kept for prompts that begin alike.</summary>
    public bool PrefixCache { get; set; } = true;

    /// <summary>
    /// How many tokens are decoded, whoever's they are, until a prefix that nobody asked for meanwhile is given up. Where every token passes
    /// over every cell in use, also over those that it doesn't see, what lies there unused makes all answers slower: there by default as many
    /// as make that as dear as computing the prefix anew, parameters / (2 × layers × width), some 6,000 to 30,000; elsewhere without end.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int? IdlePrefixTokens { get; set; }

    /// <summary>Whether the next tokens of an answer are guessed, from where its last ones stood before, and checked several at a time.</summary>
    public bool Speculation { get; set; }

    /// <summary>Most tokens of an answer that are guessed for one step.</summary>
    [Range(1, 64)]
    public int DraftTokens { get; set; } = 8;

    /// <summary>Most tokens of a step that has guessed ones. It is what the machine computes in little more time than one.</summary>
    [Range(2, 8192)]
    public int DraftStepTokens { get; set; } = 16;

    /// <summary>A step that takes longer than this, in milliseconds, turns the server unready.</summary>
    [Range(100, 3_600_000)]
    public int StallTimeoutMs { get; set; } = 30_000;
}
