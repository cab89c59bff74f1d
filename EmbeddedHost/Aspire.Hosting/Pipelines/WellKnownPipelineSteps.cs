using System.Diagnostics.CodeAnalysis;

namespace Aspire.Hosting.Pipelines;

/// <summary>Steps that are always there.</summary>
[Experimental("ASPIREPIPELINES001", UrlFormat = "https://aka.ms/aspire/diagnostics/{0}")]
public static class WellKnownPipelineSteps
{
    /// <summary>Done when everything is published.</summary>
    public const string Publish = "publish";

    /// <summary>Comes before everything that publishes.</summary>
    public const string PublishPrereq = "publish-prereq";
}
