using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Zakenak.Engine;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Completions;

/// <summary>
/// Writes the server-sent events of one streamed completion into the response's pipe. What all its events share is encoded once;
/// an event then costs one copy and the escaping of its text, and allocates nothing.
/// </summary>
public sealed class ChatEventStream
{
    // The result is neither HTML nor JavaScript: only what JSON itself demands is escaped.
    private static readonly JavaScriptEncoder s_encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    private readonly PipeWriter _pipe;
    private readonly Vocabulary _vocabulary;
    private readonly byte[] _start;
    private readonly byte[] _end;
    private readonly bool _includeUsage;

    public ChatEventStream(PipeWriter pipe, CompletionIdentity identity, Vocabulary vocabulary, bool includeUsage)
    {
        ArgumentNullException.ThrowIfNull(identity);
        _pipe = pipe;
        _vocabulary = vocabulary;
        _includeUsage = includeUsage;
        _start = Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"data: {{\"id\":{Quote(identity.Id)},\"object\":\"chat.completion.chunk\",\"created\":{identity.Created},\"model\":{Quote(identity.Model)},\"choices\":["));
        _end = Encoding.UTF8.GetBytes(includeUsage ? "],\"usage\":null}\n\n" : "]}\n\n");
    }

    /// <summary>The first event of an answer: who speaks.</summary>
    public void WriteRole(int choice)
    {
        Begin(choice);
        _pipe.Write("""
            "role":"assistant","content":""},"finish_reason":null}
            """u8);
        _pipe.Write(_end);
    }

    /// <summary>A piece of an answer, valid UTF-8, and what is told of its tokens.</summary>
    public void WriteText(int choice, ReadOnlySpan<byte> text, IReadOnlyList<TokenLogprobs>? logprobs)
    {
        Begin(choice);
        _pipe.Write("""
            "content":"
            """u8);
        WriteEscaped(text);
        _pipe.Write("\"},"u8);
        if (logprobs is not null)
        {
            using var body = new MemoryStream();
            using (var json = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = s_encoder }))
            {
                json.WriteStartObject();
                LogprobsWriter.Write(json, logprobs, _vocabulary);
                json.WriteEndObject();
            }

            // Without the braces of the object that it had to be.
            _pipe.Write(body.GetBuffer().AsSpan(1, (int)body.Length - 2));
            _pipe.Write(","u8);
        }

        _pipe.Write("""
            "finish_reason":null}
            """u8);
        _pipe.Write(_end);
    }

    /// <summary>A call of a tool begins.</summary>
    public void WriteCall(int choice, int call, CalledTool tool)
    {
        ArgumentNullException.ThrowIfNull(tool);
        Begin(choice);
        _pipe.Write(Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"\"tool_calls\":[{{\"index\":{call},\"id\":{Quote(tool.Id)},\"type\":\"function\",\"function\":{{\"name\":{Quote(tool.Name)},\"arguments\":\"\"}}}}]}},\"finish_reason\":null}}")));
        _pipe.Write(_end);
    }

    /// <summary>A piece of a call's arguments.</summary>
    public void WriteArguments(int choice, int call, ReadOnlySpan<byte> text)
    {
        Begin(choice);
        _pipe.Write("""
            "tool_calls":[{"index":
            """u8);
        WriteNumber(call);
        _pipe.Write("""
            ,"function":{"arguments":"
            """u8);
        WriteEscaped(text);
        _pipe.Write("""
            "}}]},"finish_reason":null}
            """u8);
        _pipe.Write(_end);
    }

    /// <summary>The event that says why an answer ended.</summary>
    public void WriteFinish(int choice, string finishReason)
    {
        Begin(choice);
        _pipe.Write(Encoding.UTF8.GetBytes($"}},\"finish_reason\":{Quote(finishReason)}}}"));
        _pipe.Write(_end);
    }

    /// <summary>The usage, if it was asked for, and the end of the stream.</summary>
    public void WriteEnd(Usage usage)
    {
        if (_includeUsage)
        {
            _pipe.Write(_start);
            _pipe.Write(Encoding.UTF8.GetBytes(string.Create(
                CultureInfo.InvariantCulture,
                $"],\"usage\":{{\"prompt_tokens\":{usage.PromptTokens},\"completion_tokens\":{usage.CompletionTokens},\"total_tokens\":{usage.TotalTokens},\"prompt_tokens_details\":{{\"cached_tokens\":{usage.CachedTokens}}}}}}}\n\n")));
        }

        _pipe.Write("data: [DONE]\n\n"u8);
    }

    /// <summary>The event that says that the answer will not be finished; nothing follows it.</summary>
    public void WriteError(Refusal refusal) => _pipe.Write(refusal.ToEvent());

    /// <summary>Sends what was written.</summary>
    public ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken) => _pipe.FlushAsync(cancellationToken);

    private void Begin(int choice)
    {
        _pipe.Write(_start);
        _pipe.Write("{\"index\":"u8);
        WriteNumber(choice);
        _pipe.Write(",\"delta\":{"u8);
    }

    private void WriteNumber(int number)
    {
        number.TryFormat(_pipe.GetSpan(11), out var length, default, CultureInfo.InvariantCulture);
        _pipe.Advance(length);
    }

    private void WriteEscaped(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            // No byte grows to more than six ("\u0001"); a slice keeps the buffer that is asked for small.
            var slice = text[..Math.Min(text.Length, 512)];
            var target = _pipe.GetSpan(slice.Length * 6);
            s_encoder.EncodeUtf8(slice, target, out var consumed, out var written, isFinalBlock: slice.Length == text.Length);
            _pipe.Advance(written);
            text = text[consumed..];
        }
    }

    private static string Quote(string text) => $"\"{JsonEncodedText.Encode(text)}\"";
}
