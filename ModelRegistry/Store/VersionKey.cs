using Zakenak.ModelTrust;

namespace Zakenak.ModelRegistry;

/// <summary>Which version. There is no other way to make one than through its check, so it is safe as a path.</summary>
internal sealed record VersionKey
{
    private VersionKey(string name, string version) => (Name, Version) = (name, version);

    public string Name { get; }

    public string Version { get; }

    public static VersionKey? TryMake(string? name, string? version) =>
        ModelName.IsName(name) && ModelName.IsVersion(version) ? new VersionKey(name!, version!) : null;

    /// <summary><c>name:vN</c>, the subject of everything that is signed about it.</summary>
    public override string ToString() => ModelName.Subject(Name, Version);
}
