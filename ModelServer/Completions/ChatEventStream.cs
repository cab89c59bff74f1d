using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Completions;

/// <summary>
/// Writes the server-sent events of one streamed answer into the response's pipe. What all events of an answer share is encoded once;
/// an event then costs one copy and the escaping of its text, and allocates nothing.
/// </summary>
public sealed class ChatEventStream
{
    // The result is neither HTML nor JavaScript: only what JSON itself demands is escaped.
    private static readonly JavaScriptEncoder s_encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    private readonly PipeWriter _pipe;
    private readonly byte[] _start;
    private readonly byte[] _end;
    private readonly bool _includeUsage;

    public ChatEventStream(PipeWriter pipe, CompletionIdentity identity, bool includeUsage)
    {
        ArgumentNullException.ThrowIfNull(identity);
        _pipe = pipe;
        _includeUsage = includeUsage;
        _start = Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"data: {{\"id\":{Quote(identity.Id)},\"object\":\"chat.completion.chunk\",\"created\":{identity.Created},\"model\":{Quote(identity.Model)},\"choices\":["));
        _end = Encoding.UTF8.GetBytes(includeUsage ? "],\"usage\":null}\n\n" : "]}\n\n");
    }

    /// <summary>The first event: who speaks.</summary>
    public void WriteRole() => Write("""{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}"""u8);

    /// <summary>A piece of the answer, valid UTF-8.</summary>
    public void WriteText(ReadOnlySpan<byte> text)
    {
        _pipe.Write(_start);
        _pipe.Write("""{"index":0,"delta":{"content":" """u8[..^1]);
        while (!text.IsEmpty)
        {
            // No byte grows to more than six ("\u0001"); a slice keeps the buffer that is asked for small.
            var slice = text[..Math.Min(text.Length, 512)];
            var target = _pipe.GetSpan(slice.Length * 6);
            s_encoder.EncodeUtf8(slice, target, out var consumed, out var written, isFinalBlock: slice.Length == text.Length);
            _pipe.Advance(written);
            text = text[consumed..];
        }

        _pipe.Write("""
            "},"finish_reason":null}
            """u8);
        _pipe.Write(_end);
    }

    /// <summary>The event that says why the answer ended, the usage if it was asked for, and the end of the stream.</summary>
    public void WriteEnd(string finishReason, Usage usage)
    {
        Write(Encoding.UTF8.GetBytes($"{{\"index\":0,\"delta\":{{}},\"finish_reason\":{Quote(finishReason)}}}"));
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

    private void Write(ReadOnlySpan<byte> choice)
    {
        _pipe.Write(_start);
        _pipe.Write(choice);
        _pipe.Write(_end);
    }

    private static string Quote(string text) => $"\"{JsonEncodedText.Encode(text)}\"";
}
