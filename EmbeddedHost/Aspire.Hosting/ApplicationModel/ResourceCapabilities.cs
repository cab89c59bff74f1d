using System.Diagnostics.CodeAnalysis;

namespace Aspire.Hosting.ApplicationModel
{
    /// <summary>A resource that takes environment variables.</summary>
    public interface IResourceWithEnvironment : IResource;

    /// <summary>A resource that takes command line arguments.</summary>
    public interface IResourceWithArgs : IResource;

    /// <summary>A resource that listens somewhere.</summary>
    public interface IResourceWithEndpoints : IResource;

    /// <summary>A resource that can wait for others.</summary>
    public interface IResourceWithWaitSupport : IResource;

    /// <summary>A resource that runs on compute: a process here, a workload when published.</summary>
    public interface IComputeResource : IResource;

    /// <summary>A resource that can carry probes for an orchestrator.</summary>
    [Experimental("ASPIREPROBES001", UrlFormat = "https://aka.ms/aspire/diagnostics/{0}")]
    public interface IResourceWithProbes : IResource;
}

namespace Aspire.Hosting
{
    /// <summary>A resource that others find by name through <c>services__NAME__...</c>.</summary>
    public interface IResourceWithServiceDiscovery : ApplicationModel.IResourceWithEndpoints;
}
