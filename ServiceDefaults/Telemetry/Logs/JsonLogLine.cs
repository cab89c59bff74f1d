using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Zakenak.ServiceDefaults;

/// <summary>Writes one log entry after the other into the same memory. Not thread-safe.</summary>
internal sealed class JsonLogLine : IDisposable
{
    private const int UpToMilliseconds = 23;

    private static readonly JsonEncodedText _time = JsonEncodedText.Encode("Timestamp");
    private static readonly JsonEncodedText _eventId = JsonEncodedText.Encode("EventId");
    private static readonly JsonEncodedText _level = JsonEncodedText.Encode("LogLevel");
    private static readonly JsonEncodedText _category = JsonEncodedText.Encode("Category");
    private static readonly JsonEncodedText _message = JsonEncodedText.Encode("Message");
    private static readonly JsonEncodedText _state = JsonEncodedText.Encode("State");
    private static readonly JsonEncodedText _scopes = JsonEncodedText.Encode("Scopes");

    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private readonly Utf8JsonWriter _json;
    private readonly byte[] _timestamp = new byte[32];

    public JsonLogLine() => _json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { SkipValidation = true });

    /// <summary>The line with its end; good until the next one.</summary>
    /// <param name="message">Ignored where <paramref name="state"/> writes its own.</param>
    public ReadOnlySpan<byte> Write(
        DateTimeOffset now, string category, LogLevel level, EventId id, string? message, object? state, Exception? exception, IExternalScopeProvider scopes)
    {
        _buffer.ResetWrittenCount();
        _json.Reset(_buffer);
        _json.WriteStartObject();
        Utf8Formatter.TryFormat(now.UtcDateTime, _timestamp, out _, new StandardFormat('O'));
        _timestamp[UpToMilliseconds] = (byte)'Z';
        _json.WriteString(_time, _timestamp.AsSpan(0, UpToMilliseconds + 1));
        _json.WriteNumber(_eventId, id.Id);
        _json.WriteString(_level, NameOf(level));
        _json.WriteString(_category, category);
        var written = state as IJsonLogState;
        if (written is not null)
        {
            written.WriteMessage(_json, _message);
        }
        else
        {
            _json.WriteString(_message, message);
        }

        if (exception is not null)
        {
            _json.WriteString("Exception"u8, exception.ToString());
        }

        if (state is not null)
        {
            _json.WriteStartObject(_state);
            if (written is not null)
            {
                written.WriteValues(_json);
            }
            else
            {
                WriteItems(state, _json);
            }

            _json.WriteEndObject();
        }

        _json.WriteStartArray(_scopes);
        scopes.ForEachScope(WriteScope, _json);
        _json.WriteEndArray();
        _json.WriteEndObject();
        _json.Flush();
        _buffer.Write("\n"u8);
        return _buffer.WrittenSpan;
    }

    public void Dispose() => _json.Dispose();

    private static void WriteScope(object? scope, Utf8JsonWriter json)
    {
        if (scope is IJsonLogState written)
        {
            json.WriteStartObject();
            written.WriteMessage(json, _message);
            written.WriteValues(json);
            json.WriteEndObject();
        }
        else if (scope is IReadOnlyList<KeyValuePair<string, object?>>)
        {
            json.WriteStartObject();
            json.WriteString("Message"u8, scope.ToString());
            WriteItems(scope, json);
            json.WriteEndObject();
        }
        else
        {
            json.WriteStringValue(scope?.ToString());
        }
    }

    private static void WriteItems(object state, Utf8JsonWriter json)
    {
        if (state is not IReadOnlyList<KeyValuePair<string, object?>> items)
        {
            return;
        }

        for (var i = 0; i < items.Count; i++)
        {
            var (name, value) = items[i];
            switch (value)
            {
                case null:
                    json.WriteNull(name);
                    break;
                case bool truth:
                    json.WriteBoolean(name, truth);
                    break;
                case int number:
                    json.WriteNumber(name, number);
                    break;
                case long number:
                    json.WriteNumber(name, number);
                    break;
                case double number when double.IsFinite(number):
                    json.WriteNumber(name, number);
                    break;
                case byte or sbyte or short or ushort or uint or decimal:
                    json.WriteNumber(name, Convert.ToDecimal(value, CultureInfo.InvariantCulture));
                    break;
                case ulong number:
                    json.WriteNumber(name, number);
                    break;
                case float number when float.IsFinite(number):
                    json.WriteNumber(name, number);
                    break;
                default:
                    json.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture));
                    break;
            }
        }
    }

    private static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Trace => "Trace",
        LogLevel.Debug => "Debug",
        LogLevel.Information => "Information",
        LogLevel.Warning => "Warning",
        LogLevel.Error => "Error",
        _ => "Critical",
    };
}
