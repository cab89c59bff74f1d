namespace Aspire.Hosting.ApplicationModel;

/// <summary>Something the application consists of: it has a name and annotations that say what it needs.</summary>
public interface IResource
{
    string Name { get; }

    ResourceAnnotationCollection Annotations { get; }
}
