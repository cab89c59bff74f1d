using System.Collections.Frozen;
using Zakenak.Contracts;

namespace Zakenak.Gateway.KillSwitch;

/// <summary>What is stopped at one moment; never changes.</summary>
internal sealed class KillSet
{
    public const string Version = "version";
    public const string Tenant = "tenant";
    public const string Key = "key";

    public KillSet(IReadOnlyList<Kill> kills)
    {
        Kills = kills;
        (Versions, Tenants, Keys) = (Of(Version), Of(Tenant), Of(Key));

        FrozenSet<string> Of(string kind) => kills.Where(k => k.Kind == kind).Select(k => k.Value).ToFrozenSet(StringComparer.Ordinal);
    }

    public static KillSet Nothing { get; } = new([]);

    public IReadOnlyList<Kill> Kills { get; }

    public FrozenSet<string> Versions { get; }

    public FrozenSet<string> Tenants { get; }

    public FrozenSet<string> Keys { get; }

    public bool IsEmpty => Kills.Count == 0;

    /// <summary>With one more; the same set where it is stopped already.</summary>
    public KillSet With(Kill kill) => Find(kill.Kind, kill.Value) is null ? new KillSet([.. Kills, kill]) : this;

    /// <summary>With one less; the same set where it was not stopped.</summary>
    public KillSet Without(string kind, string value) =>
        Find(kind, value) is { } kill ? new KillSet([.. Kills.Where(k => k != kill)]) : this;

    public Kill? Find(string kind, string value) => Kills.FirstOrDefault(k => k.Kind == kind && k.Value == value);
}
