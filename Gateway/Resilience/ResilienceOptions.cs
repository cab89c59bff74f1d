using System.ComponentModel.DataAnnotations;

namespace Zakenak.Gateway.Resilience;

/// <summary>Section <c>Resilience</c>; followed while the gateway runs, but for <see cref="ConnectTimeout"/>.</summary>
internal sealed class ResilienceOptions : IValidatableObject
{
    public const string Section = "Resilience";

    /// <summary>How long a connection to a model server may take, TLS included. Read at start only.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a model server may take until its answer begins; without streaming that is the whole completion.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan FirstByteTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a stream may say nothing.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a client may take to make room for the next part of its answer; then its connection is cut and its place is free.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a request may take in all, its wait for a place and its stream included.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")]
    public TimeSpan TotalTimeout { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Requests that one replica gets at the same time; the next ones wait here.</summary>
    [Range(1, 100_000)]
    public int MaxConcurrent { get; set; } = 256;

    /// <summary>Requests for one version that wait for a place.</summary>
    [Range(0, 100_000)]
    public int MaxWaiting { get; set; } = 1024;

    /// <summary>How long they wait.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan WaitTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Replicas that one request is taken to in all, when each refuses it before any work.</summary>
    [Range(1, 10)]
    public int MaxAttempts { get; set; } = 3;

    /// <summary>Second attempts for each request, on average: without a bound they would double the load on what is overloaded.</summary>
    [Range(0.0, 1.0)]
    public double RetryShare { get; set; } = 0.2;

    /// <summary>Failures in a row after which a replica's circuit opens.</summary>
    [Range(1, 1000)]
    public int FailuresToOpen { get; set; } = 5;

    /// <summary>How long it stays open before one request tries; doubles with every try in vain, up to <see cref="MaxOpenTime"/>.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan OpenTime { get; set; } = TimeSpan.FromSeconds(2);

    [Range(typeof(TimeSpan), "00:00:00.050", "01:00:00")]
    public TimeSpan MaxOpenTime { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How far the share of failed requests of one replica may lie above that of the others before it is ejected.</summary>
    [Range(0.01, 1.0)]
    public double EjectionMargin { get; set; } = 0.3;

    /// <summary>Fewer requests within the window prove nothing.</summary>
    [Range(1, 100_000)]
    public int EjectionMinRequests { get; set; } = 20;

    /// <summary>Over how long failures are counted.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan EjectionWindow { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an ejected replica gets nothing, times the number of its ejections up to 10.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan EjectionTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Never more than this share of a version's replicas is ejected.</summary>
    [Range(0.0, 1.0)]
    public double MaxEjectedShare { get; set; } = 0.5;

    /// <summary>
    /// When a second replica is asked too, because the first has not begun to answer; the slower one is cancelled. Null, the default: never. What
    /// the slower one did is work that nobody gets and no budget counts.
    /// </summary>
    public TimeSpan? HedgeAfter { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (HedgeAfter < TimeSpan.FromMilliseconds(10))
            yield return new ValidationResult("must be at least 10 ms, or absent.", [nameof(HedgeAfter)]);
        if (MaxOpenTime < OpenTime)
            yield return new ValidationResult("must not be shorter than OpenTime.", [nameof(MaxOpenTime)]);
    }
}
