namespace Zakenak.ModelServer.Loading;

/// <summary>A model, or the stable code and the sentence that say why there is none.</summary>
public sealed record OpeningResult(OpenedModel? Model, string Code, string Message)
{
    public static OpeningResult Opened(OpenedModel model) => new(model, string.Empty, string.Empty);

    public static OpeningResult Refused(string code, string message) => new(null, code, message);
}
