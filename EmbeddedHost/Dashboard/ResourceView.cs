using Aspire.Hosting.ApplicationModel;
using EmbeddedHost.Orchestration;

namespace EmbeddedHost.Dashboard;

/// <summary>One resource as the page shows it.</summary>
internal sealed record ResourceView(string Name, string Type, string State, string Kind, string? Reason, IReadOnlyList<UrlView> Urls, IReadOnlyList<ReplicaView> Replicas)
{
    public static ResourceView Of(ResourceRunner runner)
    {
        var replicas = runner.Replicas.Select(ReplicaView.Of).ToArray();

        // The worst replica speaks for the resource.
        var worst = replicas.MinBy(replica => Array.IndexOf(ReplicaView.KindsByUrgency, replica.Kind))!;
        return new(
            runner.Name,
            runner.Resource is ProjectResource ? "project" : "executable",
            worst.State,
            worst.Kind,
            worst.Reason,
            runner.Urls.Select(url => new UrlView(url.Url, url.DisplayText ?? url.Endpoint?.EndpointName ?? url.Url, url.DisplayLocation == UrlDisplayLocation.DetailsOnly)).ToArray(),
            replicas);
    }
}

/// <summary>A link of a resource.</summary>
internal sealed record UrlView(string Url, string Text, bool IsDetail);

/// <summary>One process as the page shows it.</summary>
internal sealed record ReplicaView(
    string Name, string State, string Kind, string? Reason, int? ProcessId, int? ExitCode, int Restarts, DateTimeOffset? StartedAt, IReadOnlyList<HealthView> Health)
{
    public static string[] KindsByUrgency { get; } = ["bad", "warn", "busy", "off", "good"];

    public static ReplicaView Of(Replica replica)
    {
        var status = replica.Status;
        return new(
            replica.Name,
            StateNames.Of(status.State),
            status.State switch
            {
                ReplicaState.Running => "good",
                ReplicaState.Exited or ReplicaState.Stopped => "off",
                ReplicaState.FailedToStart => "bad",
                ReplicaState.Unhealthy or ReplicaState.Backoff => "warn",
                _ => "busy",
            },
            status.Reason,
            status.ProcessId,
            status.ExitCode,
            status.Restarts,
            status.ProcessId is null ? null : status.StartedAt,
            status.Health.Select(report => new HealthView(new Uri(report.Url).AbsolutePath, report.IsHealthy, report.Reason)).ToArray());
    }
}

/// <summary>One health check's last answer.</summary>
internal sealed record HealthView(string Path, bool IsHealthy, string? Reason);
