using System.ComponentModel.DataAnnotations;

namespace Zakenak.Gateway.Routing;

/// <summary>Section <c>Routing</c>; followed while the gateway runs.</summary>
internal sealed class RoutingOptions : IValidatableObject
{
    public const string Section = "Routing";

    /// <summary>More models than this in a row would only hide that none is there.</summary>
    private const int MaxFallbacks = 8;

    /// <summary>How replicas are chosen, unless a model's own entry says otherwise.</summary>
    [EnumDataType(typeof(PolicyName))]
    public PolicyName Policy { get; set; } = PolicyName.Balanced;

    /// <summary>What is different for a model, by its name without version.</summary>
    public IDictionary<string, ModelRules> Models { get; init; } = new Dictionary<string, ModelRules>(StringComparer.Ordinal);

    /// <summary>What replicas cost, for <see cref="PolicyName.CostAware"/>; who is not named costs nothing.</summary>
    public IList<ReplicaCost> Costs { get; init; } = [];

    /// <summary>Bytes of a prompt by which it is told from others. More tell better, and cost about 0.3 µs a KiB.</summary>
    [Range(64, 64 * 1024)]
    public int PrefixBytes { get; set; } = 16 * 1024;

    /// <summary><see cref="PolicyName.PrefixAffinity"/>: no replica gets more than this many times the mean of requests.</summary>
    [Range(1.0, 10.0)]
    public double LoadFactor { get; set; } = 1.25;

    /// <summary>
    /// <see cref="PolicyName.Balanced"/>: how much busier than the least busy the replica that knows a prompt of <see cref="PrefixBytes"/> may be; 1 is all
    /// its sequences or all its KV cells. A shorter prompt is worth less.
    /// </summary>
    [Range(0.0, 10.0)]
    public double PrefixWorth { get; set; } = 0.5;

    /// <summary>From here on a replica is busy, for <see cref="PolicyName.CostAware"/> and <see cref="PolicyName.QualityFirst"/>.</summary>
    [Range(0.01, 10.0)]
    public double BusyAt { get; set; } = 0.9;

    /// <summary>Where <see cref="PolicyName.Random"/> begins; the same seed makes the same choices.</summary>
    public ulong Seed { get; set; }

    public PolicyName PolicyOf(string model) => Models.TryGetValue(model, out var rules) && rules.Policy is { } policy ? policy : Policy;

    public IList<string> FallbacksOf(string model) => Models.TryGetValue(model, out var rules) ? rules.Fallbacks : [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (name, rules) in Models)
        {
            if (rules.Policy is { } policy && !Enum.IsDefined(policy))
                yield return new ValidationResult("is no policy.", [$"Models:{name}:Policy"]);
            if (rules.Fallbacks.Count > MaxFallbacks || rules.Fallbacks.Any(f => string.IsNullOrEmpty(f) || f.AsSpan().ContainsAny(':', '@') || f == name))
                yield return new ValidationResult($"must be at most {MaxFallbacks} names of other models, without versions.", [$"Models:{name}:Fallbacks"]);
        }

        for (var i = 0; i < Costs.Count; i++)
        {
            if (!Uri.TryCreate(Costs[i].Url, UriKind.Absolute, out _) || !double.IsFinite(Costs[i].Cost) || Costs[i].Cost < 0)
                yield return new ValidationResult("must have a URL of ModelServers:Urls, and a cost of 0 or more.", [$"Costs:{i}"]);
        }
    }
}
