using Aspire.Hosting;

namespace EmbeddedHost.Orchestration;

/// <summary>Resources that wait for each other in a circle would wait for ever.</summary>
internal static class DependencyOrder
{
    public static void RefuseCycles(IReadOnlyList<ResourceRunner> runners)
    {
        var done = new HashSet<ResourceRunner>();
        var path = new List<ResourceRunner>();
        foreach (var runner in runners)
            Visit(runner);

        void Visit(ResourceRunner runner)
        {
            if (done.Contains(runner))
                return;
            var at = path.IndexOf(runner);
            if (at >= 0)
            {
                throw new DistributedApplicationException(
                    "These resources wait for each other in a circle: " + string.Join(" -> ", path[at..].Append(runner).Select(item => item.Name)));
            }

            path.Add(runner);
            foreach (var wait in runner.Waits)
            {
                if (runners.FirstOrDefault(other => ReferenceEquals(other.Resource, wait.Resource)) is { } dependency)
                    Visit(dependency);
            }

            path.RemoveAt(path.Count - 1);
            done.Add(runner);
        }
    }
}
