using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Zakenak.ModelRegistry;

/// <summary>Meter <c>Zakenak.ModelRegistry</c>. Labels are our own words: actions and codes.</summary>
internal sealed class RegistryMetrics
{
    public const string MeterName = "Zakenak.ModelRegistry";

    private readonly Counter<long> _uploads;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _changes;
    private readonly Counter<long> _refusals;

    public RegistryMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _uploads = meter.CreateCounter<long>("zakenak_registry_uploads", "{upload}", "Uploads that became blobs.");
        _bytes = meter.CreateCounter<long>("zakenak_registry_uploaded", "By", "Bytes of uploads written.");
        _changes = meter.CreateCounter<long>("zakenak_registry_changes", "{change}", "Changes of versions, by action.");
        _refusals = meter.CreateCounter<long>("zakenak_registry_refusals", "{refusal}", "Requests refused, by code.");
    }

    public void Received(long bytes) => _bytes.Add(bytes);

    public void Completed() => _uploads.Add(1);

    public void Changed(string action) => _changes.Add(1, new TagList { { "action", action } });

    public void Refused(string code) => _refusals.Add(1, new TagList { { "code", code } });
}
