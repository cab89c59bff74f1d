using System.Text.Json;

namespace Zakenak.Gateway.Screening;

/// <summary>
/// The parameters of one kind of request. Ranges are the widest that mean anything: a model server may have narrower ones, and names what it refuses.
/// Parameters that are not here are the model server's to know.
/// </summary>
internal sealed class RequestSchema
{
    /// <summary>Numbers of parameters, by the length of their names.</summary>
    private readonly int[][] _byLength;

    private RequestSchema(params IReadOnlyList<Parameter> parameters)
    {
        Parameters = parameters;
        _byLength = new int[parameters.Max(p => p.Utf8Name.Length) + 1][];
        for (var length = 0; length < _byLength.Length; length++)
            _byLength[length] = [.. parameters.Index().Where(p => p.Item.Utf8Name.Length == length).Select(p => p.Index)];
    }

    public static RequestSchema Chat { get; } = new(
        new Parameter("model", ValueKinds.Text),
        new Parameter("messages", ValueKinds.Array),
        new Parameter("stream", ValueKinds.Boolean),
        new Parameter("stream_options", ValueKinds.Object),
        new Parameter("max_tokens", ValueKinds.Integer, 1, int.MaxValue),
        new Parameter("max_completion_tokens", ValueKinds.Integer, 1, int.MaxValue),
        new Parameter("n", ValueKinds.Integer, 1, AskedTokens.MaxChoices),
        new Parameter("zakenak", ValueKinds.Object),
        new Parameter("temperature", ValueKinds.Number, 0, 2),
        new Parameter("top_p", ValueKinds.Number, 0, 1),
        new Parameter("top_k", ValueKinds.Integer, 0, int.MaxValue),
        new Parameter("min_p", ValueKinds.Number, 0, 1),
        new Parameter("repetition_penalty", ValueKinds.Number, 0, 10),
        new Parameter("repeat_penalty", ValueKinds.Number, 0, 10),
        new Parameter("frequency_penalty", ValueKinds.Number, -2, 2),
        new Parameter("presence_penalty", ValueKinds.Number, -2, 2),
        new Parameter("seed", ValueKinds.Integer, double.NegativeInfinity, double.PositiveInfinity),
        new Parameter("stop", ValueKinds.Text | ValueKinds.Array),
        new Parameter("logit_bias", ValueKinds.Object),
        new Parameter("logprobs", ValueKinds.Boolean),
        new Parameter("top_logprobs", ValueKinds.Integer, 0, 20),
        new Parameter("response_format", ValueKinds.Object),
        new Parameter("tools", ValueKinds.Array),
        new Parameter("tool_choice", ValueKinds.Text | ValueKinds.Object),
        new Parameter("parallel_tool_calls", ValueKinds.Boolean),
        new Parameter("user", ValueKinds.Text),
        new Parameter("metadata", ValueKinds.Object));

    public static RequestSchema Embeddings { get; } = new(
        new Parameter("model", ValueKinds.Text),
        new Parameter("input", ValueKinds.Text | ValueKinds.Array),
        new Parameter("encoding_format", ValueKinds.Text),
        new Parameter("dimensions", ValueKinds.Integer, 1, int.MaxValue),
        new Parameter("user", ValueKinds.Text));

    public static RequestSchema Tokenize { get; } = new(
        new Parameter("model", ValueKinds.Text),
        new Parameter("input", ValueKinds.Text),
        new Parameter("messages", ValueKinds.Array));

    /// <summary>At most 64.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>The number of the parameter whose name the reader is at; -1 for one that is not known.</summary>
    public int Find(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            var name = reader.ValueSpan;
            foreach (var i in name.Length < _byLength.Length ? _byLength[name.Length] : [])
            {
                if (name.SequenceEqual(Parameters[i].Utf8Name))
                    return i;
            }

            return -1;
        }

        for (var i = 0; i < Parameters.Count; i++)
        {
            if (reader.ValueTextEquals(Parameters[i].Utf8Name))
                return i;
        }

        return -1;
    }
}
