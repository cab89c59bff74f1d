namespace Zakenak.ModelServer.Loading;

/// <summary>Where the one model of this process is between "being loaded" and "answers", and why it doesn't answer.</summary>
public sealed class ServedModel
{
    private static readonly State s_stopping = new(null, "server_stopping", "The server is stopping.");

    private volatile State _state = new(null, "model_loading", "The model is being loaded.");
    private volatile bool _isStopping;

    /// <summary>The model, or null while there is none that answers.</summary>
    public LoadedModel? Current => Now.Model;

    /// <summary>A stable code and a sentence that say why there is none; empty while there is one.</summary>
    public (string Code, string Message) Reason
    {
        get
        {
            var now = Now;
            return (now.Code, now.Message);
        }
    }

    /// <summary>Why it does not answer, if it does not, is still the better reason.</summary>
    private State Now
    {
        get
        {
            var state = _state;
            return _isStopping && state.Model is not null ? s_stopping : state;
        }
    }

    /// <summary>It answers from now on.</summary>
    public void Serve(LoadedModel model) => _state = new State(model, string.Empty, string.Empty);

    /// <summary>It doesn't answer, or not any more.</summary>
    public void Refuse(string code, string message) => _state = new State(null, code, message);

    /// <summary>It takes no new request from now on, whatever is learned of it; answers under way go on.</summary>
    public void Stop() => _isStopping = true;

    // One reference, so that a reader never sees the model of one moment with the reason of another.
    private sealed record State(LoadedModel? Model, string Code, string Message);
}
