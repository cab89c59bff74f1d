using System.ComponentModel.DataAnnotations;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Rollouts;

/// <summary>Section <c>Rollouts</c>; followed while the gateway runs, but for the files' paths.</summary>
internal sealed class RolloutsOptions : IValidatableObject
{
    public const string Section = "Rollouts";

    /// <summary>JSON file of rollouts that are wanted, read again whenever it changes.</summary>
    [Mount(MountKind.File)]
    public string? File { get; set; }

    /// <summary>Where rollouts are remembered, where there is no database.</summary>
    [Mount(MountKind.WritableFile)]
    public string? StateFile { get; set; }

    /// <summary>How often both files are looked at.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan ReloadInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often versions are compared.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Shares of a canary that names none.</summary>
    public string Percents { get; set; } = "5,25,50,100";

    /// <summary>Shortest time at each of these.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan Wait { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Requests of each version in a step, before they are compared.</summary>
    [Range(10, 100_000_000)]
    public int MinRequests { get; set; } = 200;

    /// <summary>A candidate's error rate may be this many times the stable version's.</summary>
    [Range(1.0, 1000.0)]
    public double MaxErrorRatio { get; set; } = 1.5;

    /// <summary>Or higher by this much.</summary>
    [Range(0.0, 1.0)]
    public double ErrorMargin { get; set; } = 0.005;

    /// <summary>A candidate's p95 of latency may be this many times the stable version's.</summary>
    [Range(1.0, 1000.0)]
    public double MaxLatencyRatio { get; set; } = 1.25;

    public RolloutGuard Guard => new(MinRequests, MaxErrorRatio, ErrorMargin, MaxLatencyRatio);

    public IReadOnlyList<RolloutStep> Steps =>
        [.. Percents.Split(',').Select(p => new RolloutStep(double.Parse(p, System.Globalization.CultureInfo.InvariantCulture), (int)Wait.TotalSeconds))];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Percents.Split(',').All(p => double.TryParse(p, System.Globalization.NumberStyles.AllowDecimalPoint, System.Globalization.CultureInfo.InvariantCulture, out _))
            || RolloutOrders.FaultOf(Steps) is not null)
            yield return new ValidationResult("must be rising shares from above 0 to 100 with commas between them, such as 5,25,50,100.", [nameof(Percents)]);
    }
}
