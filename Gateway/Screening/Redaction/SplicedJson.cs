using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Zakenak.Gateway.Screening.Redaction;

/// <summary>A JSON text of which some values are replaced, from front to back; the bytes between them stay as they are.</summary>
internal sealed class SplicedJson : IDisposable
{
    /// <summary>No answer is HTML or JavaScript: only what JSON demands is escaped.</summary>
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly ArrayBufferWriter<char> _redacted = new();
    private readonly Utf8JsonWriter _json;
    private char[] _text = [];
    private int _done;

    public SplicedJson() => _json = new Utf8JsonWriter(_output, Options);

    /// <summary>Whether anything was replaced.</summary>
    public bool IsChanged => _done > 0;

    public void Begin()
    {
        _output.ResetWrittenCount();
        _done = 0;
    }

    /// <summary>Replaces a value by raw JSON.</summary>
    public void Replace(ReadOnlySpan<byte> json, int from, int to, ReadOnlySpan<byte> value)
    {
        _output.Write(json[_done..from]);
        _output.Write(value);
        _done = to;
    }

    /// <summary>Puts a string through a redactor. Returns whether any text came out.</summary>
    /// <exception cref="InvalidOperationException">The string holds half of a surrogate pair, so it is no text.</exception>
    public bool Redact(ReadOnlySpan<byte> json, int from, int to, ITextRedactor redactor, bool isEnd)
    {
        var reader = new Utf8JsonReader(json[from..to]);
        reader.Read();
        if (_text.Length < to - from)
            _text = new char[Math.Max(256, (to - from) * 2)];
        var text = _text.AsSpan(0, reader.CopyString(_text));
        _redacted.ResetWrittenCount();
        redactor.Append(text, isEnd, _redacted);
        if (_redacted.WrittenSpan.SequenceEqual(text))
            return text.Length > 0;
        _output.Write(json[_done..from]);
        _json.Reset(_output);
        _json.WriteStringValue(_redacted.WrittenSpan);
        _json.Flush();
        _done = to;
        return _redacted.WrittenCount > 0;
    }

    /// <summary>The whole text, with what was replaced.</summary>
    public ReadOnlySpan<byte> End(ReadOnlySpan<byte> json)
    {
        if (!IsChanged)
            return json;
        _output.Write(json[_done..]);
        return _output.WrittenSpan;
    }

    /// <summary>Forgets all texts.</summary>
    public void Dispose()
    {
        _json.Dispose();
        _output.Clear();
        _redacted.Clear();
        _text.AsSpan().Clear();
    }
}
