using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Pipelines;
using EmbeddedHost.Terminal;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

#pragma warning disable ASPIREPIPELINES001, ASPIREPIPELINES004
namespace EmbeddedHost.Publishing;

/// <summary>Publishes instead of running: the steps up to the one that <c>--step</c> names.</summary>
internal sealed class PublishRun(
    PublishingPipeline pipeline,
    DistributedApplicationModel model,
    DistributedApplicationExecutionContext executionContext,
    IPipelineOutputService output,
    IConfiguration configuration,
    IServiceProvider services,
    ILogger<PublishRun> logger,
    TerminalReporter reporter,
    TimeProvider time)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var step = configuration["Pipeline:Step"] ?? WellKnownPipelineSteps.Publish;
        await pipeline.ExecuteAsync(step, new(model, executionContext, services, logger, cancellationToken)).ConfigureAwait(false);
        reporter.Line($"embedded host: published to {output.GetOutputDirectory()} in {time.GetElapsedTime(started).TotalSeconds:0.0} s");
    }
}
