using System.Diagnostics.CodeAnalysis;

namespace Aspire.Hosting.Pipelines;

/// <summary>What is done when an application is published, in steps that wait for each other.</summary>
[Experimental("ASPIREPIPELINES001", UrlFormat = "https://aka.ms/aspire/diagnostics/{0}")]
public interface IDistributedApplicationPipeline
{
    /// <summary>Adds a step.</summary>
    /// <param name="name">Unique among the steps.</param>
    /// <param name="action">What it does; an exception fails the publishing.</param>
    /// <param name="dependsOn">A step's name, or several, that come before it.</param>
    /// <param name="requiredBy">A step's name, or several, that come after it.</param>
    void AddStep(string name, Func<PipelineStepContext, Task> action, object? dependsOn = null, object? requiredBy = null);

    Task ExecuteAsync(PipelineContext context);
}
