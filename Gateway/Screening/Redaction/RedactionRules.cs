using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Zakenak.Gateway.Screening.Redaction;

/// <summary>The patterns of one state of the options, made once, and who has which of them taken out.</summary>
internal sealed partial class RedactionRules
{
    /// <summary>Sets of patterns are sets of bits.</summary>
    private const int MaxPatterns = 60;
    private const int MaxRegexLength = 512;

    private readonly List<Pattern> _patterns = [new SecretPattern(), new EmailPattern(), new CardPattern(), new IbanPattern()];
    private readonly Dictionary<string, (ulong Answers, ulong Requests)> _tenants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (ulong Answers, ulong Requests)> _models = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<ulong, PatternSet> _sets = [];
    private readonly (ulong Answers, ulong Requests) _everybody;

    public RedactionRules(RedactionOptions options)
    {
        foreach (var (name, own) in options.Patterns)
            Add(name, own, options.TimeLimit);
        if (_patterns.Count > MaxPatterns)
            Faults.Add(("Patterns", $"are more than {MaxPatterns} with those that are built in."));
        _everybody = (BitsOf(options.Answers, "Answers"), BitsOf(options.Requests, "Requests"));
        foreach (var (name, kinds) in options.Tenants)
            _tenants[name] = (BitsOf(kinds.Answers, $"Tenants:{name}:Answers"), BitsOf(kinds.Requests, $"Tenants:{name}:Requests"));
        foreach (var (name, kinds) in options.Models)
            _models[name] = (BitsOf(kinds.Answers, $"Models:{name}:Answers"), BitsOf(kinds.Requests, $"Models:{name}:Requests"));
    }

    /// <summary>What is wrong with the options: key and reason. Rules with faults are never in force.</summary>
    public List<(string Key, string Why)> Faults { get; } = [];

    /// <summary>What is taken out of an answer; null for nothing.</summary>
    public PatternSet? OfAnswer(string tenant, string model) =>
        SetOf(_everybody.Answers | _tenants.GetValueOrDefault(tenant).Answers | _models.GetValueOrDefault(model).Answers);

    /// <summary>What is taken out of a request; null for nothing.</summary>
    public PatternSet? OfRequest(string tenant, string model) =>
        SetOf(_everybody.Requests | _tenants.GetValueOrDefault(tenant).Requests | _models.GetValueOrDefault(model).Requests);

    private PatternSet? SetOf(ulong bits) =>
        bits == 0 ? null : _sets.GetOrAdd(bits, static (bits, all) => new PatternSet([.. all.Where((_, i) => (bits & (1UL << i)) != 0)]), _patterns);

    private void Add(string name, OwnPattern own, TimeSpan timeLimit)
    {
        var fault = !NameForm().IsMatch(name) || _patterns.Any(p => p.Name == name) ? "must be a name of its own, of small letters, digits and hyphens."
            : own.Regex.Length is 0 or > MaxRegexLength ? $"must be a regular expression of at most {MaxRegexLength} characters."
            : null;
        if (fault is null)
        {
            (var pattern, fault) = RegexPattern.TryCreate(name, own.Regex, own.IgnoreCase, timeLimit);
            if (pattern is not null)
                _patterns.Add(pattern);
        }

        if (fault is not null)
            Faults.Add(($"Patterns:{name}:Regex", fault));
    }

    private ulong BitsOf(IEnumerable<string> names, string key)
    {
        var bits = 0UL;
        foreach (var name in names)
        {
            var index = _patterns.FindIndex(p => p.Name == name);
            if (index < 0)
                Faults.Add((key, $"'{name}' is no pattern: there are {string.Join(", ", _patterns.Select(p => p.Name))}."));
            bits |= 1UL << Math.Max(0, index);
        }

        return bits;
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,31}\\z")]
    private static partial Regex NameForm();
}
