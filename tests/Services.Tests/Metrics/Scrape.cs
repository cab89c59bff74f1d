using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.ServiceDefaults;

namespace Zakenak.Services.Tests.Metrics;

/// <summary>What one service showed at <c>/metrics</c>, over several scrapes.</summary>
internal sealed partial class Scrape(IServiceProvider service)
{
    private readonly SortedDictionary<string, Family> _families = new(StringComparer.Ordinal);

    /// <summary>The page of the last scrape.</summary>
    public string Text { get; private set; } = "";

    public async Task AddAsync()
    {
        using var client = new HttpClient { BaseAddress = service.GetRequiredService<Listeners>().ManagementUrl };
        Text = await client.GetStringAsync("/metrics");
        foreach (Match type in Type().Matches(Text))
        {
            if (!_families.TryGetValue(type.Groups[1].Value, out var family))
            {
                _families.Add(type.Groups[1].Value, family = new Family(type.Groups[2].Value));
            }

            var suffix = family.Kind == "histogram" ? "_(?:bucket|sum|count)" : "";
            foreach (Match sample in Regex.Matches(Text, $"^{type.Groups[1].Value}{suffix}(?:{{(.*)}})? ", RegexOptions.Multiline))
            {
                family.HasSamples = true;
                foreach (Match label in Label().Matches(sample.Groups[1].Value))
                {
                    _ = label.Groups[1].Value == "le" ? family.Boundaries.Add(label.Groups[2].Value) : family.Labels.Add(label.Groups[1].Value);
                }
            }
        }
    }

    /// <summary>Both ways: what is documented was shown, and what was shown is documented. What is counted after an answer is waited for.</summary>
    public async Task MatchesAsync(string serviceName)
    {
        var documented = MetricsDocument.Read(serviceName);
        Assert.NotEmpty(documented);
        string[] expected = [.. documented.Select(m => $"{m.Exposed} {m.Kind} [{string.Join(',', m.Labels)}]").Order(StringComparer.Ordinal)];
        var waited = Stopwatch.StartNew();
        while (!expected.SequenceEqual(Shown()) && waited.Elapsed < TimeSpan.FromSeconds(30))
        {
            await Task.Delay(20);
            await AddAsync();
        }

        Assert.Equal(expected, Shown());

        // The page has units only as suffixes, and none that are annotations such as {request}: the instruments themselves have both.
        Assert.Equal(
            documented.Select(m => $"{m.Name} {m.Unit}").Order(StringComparer.Ordinal),
            Instruments().Where(i => Ours().IsMatch(i.Name)).Select(i => $"{i.Name} {i.Unit}").Distinct().Order(StringComparer.Ordinal));
        Assert.All(documented, m => Assert.Equal(PrometheusNames.OfMetric(m.Name, m.Unit, m.Kind), m.Exposed));
    }

    private IEnumerable<string> Shown() =>
        _families.Where(f => f.Value.HasSamples && Ours().IsMatch(f.Key)).Select(f => $"{f.Key} {f.Value.Kind} [{string.Join(',', f.Value.Labels)}]").Order(StringComparer.Ordinal);

    public void HasBoundaries(string exposed, params double[] boundaries) =>
        Assert.Equal(
            [.. boundaries, double.PositiveInfinity],
            _families[exposed].Boundaries.Select(b => b == "+Inf" ? double.PositiveInfinity : double.Parse(b, System.Globalization.CultureInfo.InvariantCulture)).Order());

    private List<Instrument> Instruments()
    {
        var meters = service.GetRequiredService<IMeterFactory>();
        var instruments = new List<Instrument>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, meters))
                {
                    instruments.Add(instrument);
                }
            },
        };
        listener.Start();
        return instruments;
    }

    [GeneratedRegex("^# TYPE ([^ ]+) ([a-z]+)$", RegexOptions.Multiline)]
    private static partial Regex Type();

    [GeneratedRegex("([a-zA-Z_]+)=\"([^\"]*)\"")]
    private static partial Regex Label();

    [GeneratedRegex("^(zakenak|gen_ai)[._]")]
    private static partial Regex Ours();

    private sealed record Family(string Kind)
    {
        public SortedSet<string> Labels { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Boundaries { get; } = [];

        public bool HasSamples { get; set; }
    }
}
