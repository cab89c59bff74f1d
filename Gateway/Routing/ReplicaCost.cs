namespace Zakenak.Gateway.Routing;

/// <summary>What it costs to let a replica answer.</summary>
internal sealed class ReplicaCost
{
    /// <summary>As in <c>ModelServers:Urls</c>.</summary>
    public string Url { get; set; } = "";

    /// <summary>In any unit, the same for all.</summary>
    public double Cost { get; set; }
}
