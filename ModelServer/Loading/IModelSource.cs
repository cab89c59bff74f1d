namespace Zakenak.ModelServer.Loading;

/// <summary>Where the model comes from: a signed folder, or a test.</summary>
public interface IModelSource
{
    /// <summary>Opens the model; takes as long as reading all of it takes.</summary>
    OpeningResult Open(CancellationToken cancellationToken);
}
