using System.Collections;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Requests;

/// <summary>
/// The one log line of a request. There is one for each, so it is no <see cref="LoggerMessageAttribute"/>: that makes a string of the whole message, a box
/// for each value, and a string of each value once more. The text is for eyes that pass over many lines: the rest is in the values alone.
/// </summary>
internal sealed class RequestLine(InferenceRequest request, int status, double latencyMs, double? ttftMs) : IReadOnlyList<KeyValuePair<string, object?>>, IJsonLogState
{
    private const string Nothing = "(null)";

    private const string Template = "Answered request {request_id} of tenant {tenant} with status {status} in {latency_ms} ms";

    private static readonly EventId _event = new(1, "RequestAnswered");

    private static readonly string[] _names =
        ["request_id", "tenant", "model", "version", "digest", "status", "latency_ms", "ttft_ms", "tokens_in", "tokens_out", "code", "{OriginalFormat}"];

    private static readonly JsonEncodedText[] _json = [.. _names.Select(name => JsonEncodedText.Encode(name))];
    private static readonly JsonEncodedText _template = JsonEncodedText.Encode(Template);

    public int Count => _names.Length;

    private string? Tenant => request.Client?.Tenant;

    private string? Model => request.Route?.Model.Name;

    private string? Version => request.Route?.Model.Version;

    private string? Digest => request.Route?.Model.Digest;

    public KeyValuePair<string, object?> this[int index] => new(_names[index], index switch
    {
        0 => request.Id,
        1 => Tenant,
        2 => Model,
        3 => Version,
        4 => Digest,
        5 => status,
        6 => latencyMs,
        7 => ttftMs,
        8 => request.Usage?.Input,
        9 => request.Usage?.Output,
        10 => request.Code,
        _ => Template,
    });

    public void Log(ILogger logger)
    {
        if (logger.IsEnabled(LogLevel.Information))
            logger.Log(LogLevel.Information, _event, this, null, static (line, _) => line.ToString());
    }

    public void WriteMessage(Utf8JsonWriter json, JsonEncodedText name)
    {
        // Names of tenants are an operator's, and short.
        Span<byte> text = stackalloc byte[512];
        if (Utf8.TryWrite(text, CultureInfo.InvariantCulture,
            $"Answered request {request.Id} of tenant {Tenant ?? Nothing} with status {status} in {latencyMs} ms", out var length))
            json.WriteString(name, text[..length]);
        else
            json.WriteString(name, ToString());
    }

    public void WriteValues(Utf8JsonWriter json)
    {
        json.WriteString(_json[0], request.Id);
        json.WriteString(_json[1], Tenant);
        json.WriteString(_json[2], Model);
        json.WriteString(_json[3], Version);
        json.WriteString(_json[4], Digest);
        json.WriteNumber(_json[5], status);
        json.WriteNumber(_json[6], latencyMs);
        if (ttftMs is { } ttft)
            json.WriteNumber(_json[7], ttft);
        else
            json.WriteNull(_json[7]);
        Write(json, _json[8], request.Usage?.Input);
        Write(json, _json[9], request.Usage?.Output);
        json.WriteString(_json[10], request.Code);
        json.WriteString(_json[11], _template);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"Answered request {request.Id} of tenant {Tenant ?? Nothing} with status {status} in {latencyMs} ms");

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static void Write(Utf8JsonWriter json, JsonEncodedText name, int? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }
}
