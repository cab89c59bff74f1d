namespace Zakenak.ModelServer.Loading;

/// <summary>Where the one model of this process is between "being loaded" and "answers", and why it doesn't answer.</summary>
public sealed class ServedModel
{
    private volatile State _state = new(null, "model_loading", "The model is being loaded.");

    /// <summary>The model, or null while there is none that answers.</summary>
    public LoadedModel? Current => _state.Model;

    /// <summary>A stable code and a sentence that say why there is none; empty while there is one.</summary>
    public (string Code, string Message) Reason => (_state.Code, _state.Message);

    /// <summary>It answers from now on.</summary>
    public void Serve(LoadedModel model) => _state = new State(model, string.Empty, string.Empty);

    /// <summary>It doesn't answer, or not any more.</summary>
    public void Refuse(string code, string message) => _state = new State(null, code, message);

    // One reference, so that a reader never sees the model of one moment with the reason of another.
    private sealed record State(LoadedModel? Model, string Code, string Message);
}
