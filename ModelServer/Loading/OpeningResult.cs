using Zakenak.ModelTrust;

namespace Zakenak.ModelServer.Loading;

/// <summary>A model, or why there is none.</summary>
/// <param name="Model">Null where it was refused.</param>
/// <param name="Refusal">Null where it was opened.</param>
/// <param name="MayChange">Whether what refused it is a word that may still be given, such as an approval; the bytes are what they are.</param>
public sealed record OpeningResult(OpenedModel? Model, Refusal? Refusal, bool MayChange)
{
    public static OpeningResult Opened(OpenedModel model) => new(model, null, false);

    public static OpeningResult Refused(Refusal refusal, bool mayChange = false) => new(null, refusal, mayChange);
}
