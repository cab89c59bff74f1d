namespace Aspire.Hosting.ApplicationModel;

/// <summary>The finished picture of an application: its resources.</summary>
public class DistributedApplicationModel(IResourceCollection resources)
{
    public IResourceCollection Resources { get; } = resources ?? throw new ArgumentNullException(nameof(resources));
}
