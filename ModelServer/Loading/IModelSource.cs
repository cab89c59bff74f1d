using Zakenak.ModelTrust;

namespace Zakenak.ModelServer.Loading;

/// <summary>Where the model comes from: the registry and the folder that it is fetched to, or a test.</summary>
public interface IModelSource
{
    /// <summary>Opens the model; takes as long as fetching and reading all of it takes, and as long as it is worth waiting for.</summary>
    /// <param name="waiting">Told what it waits for.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task<OpeningResult> OpenAsync(Action<Refusal> waiting, CancellationToken cancellationToken);
}
