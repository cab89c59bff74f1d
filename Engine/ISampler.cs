namespace Zakenak.Engine;

/// <summary>A chain of samplers with its random state.</summary>
public interface ISampler : IDisposable;
