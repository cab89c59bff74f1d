using Zakenak.Gateway.Identity;
using Zakenak.Gateway.Routing;
using Zakenak.Gateway.State;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.KillSwitch;

/// <summary>
/// Says of every request whether it is stopped: by its tenant, its key or the version that would answer. While it is not known what is stopped,
/// everything is.
/// </summary>
internal sealed class KillCheck
{
    public static readonly Refusal Unknown = new(StatusCodes.Status503ServiceUnavailable, "kill_switch_unavailable",
        "The gateway does not know yet what administrators have stopped, and answers nothing until it does.", RetryAfterSeconds: 1);

    private static readonly Refusal _tenant = new(StatusCodes.Status403Forbidden, "tenant_killed", "An administrator has stopped all requests of this tenant.");

    private static readonly Refusal _key = new(StatusCodes.Status403Forbidden, "key_killed", "An administrator has stopped all requests of this key.");

    private static readonly Refusal _version = new(StatusCodes.Status403Forbidden, "version_killed", "An administrator has stopped this version of the model.", "model");

    private volatile KillSet? _current;

    public KillCheck(SharedState<KillSet> state) => state.Changed += set => _current = set;

    /// <summary>Null where the client may ask. On the path of every request: one read where nothing is stopped.</summary>
    public Refusal? Refuse(Client client)
    {
        var set = _current;
        return set is { IsEmpty: true } ? null
            : set is null ? Unknown
            : set.Tenants.Contains(client.Tenant) ? _tenant
            : set.Keys.Contains(client.KeyId) ? _key
            : null;
    }

    /// <summary>Null where this version may answer the client.</summary>
    public Refusal? Refuse(Client client, ModelVersion version) => Refuse(client) ?? Refuse(version);

    /// <summary>Null where this version may answer.</summary>
    public Refusal? Refuse(ModelVersion version) => _current is { IsEmpty: false } set && set.Versions.Contains(version.Id) ? _version : null;

    /// <summary>Those that may answer: the very same where none of them is stopped, null where all are.</summary>
    public ModelVersions? Spare(ModelVersions versions)
    {
        if (_current is not { Versions.Count: > 0 } set)
            return versions;
        ModelRoute[] left = [.. versions.Routes.Where(r => !set.Versions.Contains(r.Model.Id))];
        return left.Length == versions.Routes.Count ? versions : left.Length == 0 ? null : versions with { Routes = left };
    }
}
