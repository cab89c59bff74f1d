using System.Globalization;
using System.Text.RegularExpressions;

namespace Zakenak.Gateway.Routing;

/// <summary>A version of a model as a model server serves it: verified there, before it was loaded.</summary>
/// <param name="Name">E.g. <c>guide</c>.</param>
/// <param name="Version">E.g. <c>v1</c>.</param>
/// <param name="Digest">Model digest, <c>sha256:</c> and hex.</param>
/// <param name="Stage">What its newest stage statement says, e.g. <c>Approved</c>; null where the model server did not say.</param>
/// <param name="Created">Seconds since the Unix epoch.</param>
internal sealed partial record ModelVersion(string Name, string Version, string Digest, string? Stage, long Created)
{
    /// <summary><c>name:vN</c>.</summary>
    public string Id { get; } = $"{Name}:{Version}";

    /// <summary>The N of <c>vN</c>.</summary>
    public int Number { get; } = int.Parse(Version.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>The version, or null where a part has not its form: whatever a backend says ends in logs, labels and headers.</summary>
    public static ModelVersion? TryCreate(string? id, string? name, string? version, string? digest, string? stage, long created) =>
        name is not null && version is not null && digest is not null
        && NameForm().IsMatch(name) && VersionForm().IsMatch(version) && DigestForm().IsMatch(digest)
        && (stage is null || StageForm().IsMatch(stage))
        && id == $"{name}:{version}"
            ? new ModelVersion(name, version, digest, stage, created)
            : null;

    /// <summary>Whether this can be the name of a model.</summary>
    public static bool IsName(string name) => NameForm().IsMatch(name);

    /// <summary>Whether this is <c>vN</c>.</summary>
    public static bool IsVersion(string version) => VersionForm().IsMatch(version);

    [GeneratedRegex("^[a-z0-9][a-z0-9._-]{0,62}\\z")]
    private static partial Regex NameForm();

    [GeneratedRegex("^v[0-9]{1,9}\\z")]
    private static partial Regex VersionForm();

    [GeneratedRegex("^sha256:[0-9a-f]{64}\\z")]
    private static partial Regex DigestForm();

    [GeneratedRegex("^[A-Z][a-z]{1,31}\\z")]
    private static partial Regex StageForm();
}
