namespace Zakenak.ServiceDefaults;

/// <summary>The option is a path, and this is what a pod mounts there. Everything else of a service's file system can be read-only.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MountAttribute(MountKind kind) : Attribute
{
    public MountKind Kind { get; } = kind;
}
