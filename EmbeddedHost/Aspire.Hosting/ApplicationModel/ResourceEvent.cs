namespace Aspire.Hosting.ApplicationModel;

/// <summary>How one process of a resource is.</summary>
public class ResourceEvent
{
    public ResourceEvent(IResource resource, string resourceId, CustomResourceSnapshot snapshot)
    {
        Resource = resource;
        ResourceId = resourceId;
        Snapshot = snapshot;
    }

    public IResource Resource { get; }

    /// <summary>The resource's name; with several replicas, followed by a hyphen and a number.</summary>
    public string ResourceId { get; }

    public CustomResourceSnapshot Snapshot { get; }
}
