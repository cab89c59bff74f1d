using System.Collections;
using Aspire.Hosting;
using Aspire.Hosting.Pipelines;

#pragma warning disable ASPIREPIPELINES001
namespace EmbeddedHost.Publishing;

/// <summary>Steps in the order of their dependencies; what has none keeps the order in which it was added.</summary>
internal sealed class PublishingPipeline : IDistributedApplicationPipeline
{
    private readonly List<Step> _steps = [];

    public PublishingPipeline()
    {
        AddStep(WellKnownPipelineSteps.PublishPrereq, _ => Task.CompletedTask);
        AddStep(WellKnownPipelineSteps.Publish, _ => Task.CompletedTask);
    }

    public void AddStep(string name, Func<PipelineStepContext, Task> action, object? dependsOn = null, object? requiredBy = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(action);
        if (_steps.Any(step => step.Name == name))
            throw new InvalidOperationException($"A step with the name '{name}' has already been added to the pipeline.");

        _steps.Add(new(name, action, Names(dependsOn), Names(requiredBy)));
    }

    public Task ExecuteAsync(PipelineContext context) => ExecuteAsync(WellKnownPipelineSteps.Publish, context);

    /// <summary>Runs the step and all that comes before it.</summary>
    public async Task ExecuteAsync(string last, PipelineContext context)
    {
        foreach (var step in InOrder(last))
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            await step.Action(new() { PipelineContext = context }).ConfigureAwait(false);
        }
    }

    internal IReadOnlyList<string> Order(string last) => [.. InOrder(last).Select(step => step.Name)];

    private List<Step> InOrder(string last)
    {
        var ordered = new List<Step>();
        var open = new HashSet<string>();
        Visit(last, null);
        return ordered;

        void Visit(string name, string? askedBy)
        {
            var step = _steps.Find(item => item.Name == name) ?? throw new DistributedApplicationException(
                askedBy is null ? $"There is no step '{name}'. This host publishes: use '--step publish'." : $"The step '{askedBy}' depends on '{name}', which there isn't.");
            if (ordered.Contains(step))
                return;
            if (!open.Add(name))
                throw new DistributedApplicationException($"The step '{name}' waits for itself.");

            foreach (var before in step.DependsOn.Concat(_steps.Where(item => item.RequiredBy.Contains(name)).Select(item => item.Name)))
                Visit(before, name);
            ordered.Add(step);
        }
    }

    private static string[] Names(object? steps) => steps switch
    {
        null => [],
        string name => [name],
        IEnumerable names => [.. names.Cast<string>()],
        _ => throw new ArgumentException("A step is named by a string, several by a sequence of strings.", nameof(steps)),
    };

    private sealed record Step(string Name, Func<PipelineStepContext, Task> Action, string[] DependsOn, string[] RequiredBy);
}
