namespace Aspire.Hosting.Eventing;

/// <summary>One subscriber; give it back to unsubscribe.</summary>
public class DistributedApplicationEventSubscription(Func<IDistributedApplicationEvent, CancellationToken, Task> callback)
{
    public Func<IDistributedApplicationEvent, CancellationToken, Task> Callback { get; } = callback;
}
