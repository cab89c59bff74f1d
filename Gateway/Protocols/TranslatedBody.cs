using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Zakenak.Gateway.Forwarding;
using Zakenak.Gateway.Requests;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Protocols;

/// <summary>
/// Stands in the response's place and turns what is written there, a completion or a refusal in OpenAI's shape, into the client's protocol: events
/// as they come, everything else once it is whole. What waits is at most one event, or one answer, and those are bounded where they are read.
/// </summary>
internal sealed class TranslatedBody(HttpContext context, IHttpResponseBodyFeature inner, IProtocol protocol) : PipeWriter, IHttpResponseBodyFeature, IDisposable
{
    private const string EventStream = "text/event-stream";

    private readonly PooledBuffer _pending = new();
    private EventWriter? _events;
    private Stream? _stream;
    private int _scanned;
    private bool _ended;

    /// <summary>Known once the request was translated.</summary>
    public IAnswer? Answer { get; set; } = protocol.WithoutBody;

    public PipeWriter Writer => this;

    public Stream Stream => _stream ??= AsStream(leaveOpen: true);

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _pending.Length;

    public override void Advance(int bytes) => _pending.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => _pending.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => _pending.GetSpan(sizeHint);

    public override void CancelPendingFlush() => inner.Writer.CancelPendingFlush();

    public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (_events is null)
        {
            if (Answer is null || context.Response.ContentType != EventStream)
                return default; // An answer in one piece: told when it is whole.
            _events = new EventWriter(inner.Writer, protocol.Framing);
            context.Response.ContentType = _events.ContentType;
            context.Response.ContentLength = null;

            // The first events may say nothing in the client's protocol, but an error after them must not change the status.
            await inner.StartAsync(cancellationToken);
        }

        TellEvents();
        return await inner.Writer.FlushAsync(cancellationToken);
    }

    /// <summary>Nothing more comes.</summary>
    public async Task FinishAsync()
    {
        if (_events is not null || _pending.Length == 0)
            return;
        using var told = new PooledBuffer();
        if (!TryTellWhole(told))
            TellFault(told);
        var response = context.Response;
        response.ContentType = "application/json";
        response.ContentLength = told.Length;
        await inner.Writer.WriteAsync(told.Memory, context.RequestAborted);
    }

    public override void Complete(Exception? exception = null)
    {
        // The response is not ours to end.
    }

    public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public Task CompleteAsync() => Task.CompletedTask;

    public void DisableBuffering() => inner.DisableBuffering();

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("Answers in a protocol are no files.");

    public void Dispose()
    {
        _events?.Dispose();
        _pending.Dispose();
        (Answer as IDisposable)?.Dispose();
    }

    private void TellEvents()
    {
        while (!_ended && ServerSentEvents.EndOfFirst(_pending.Span, _scanned) is > 0 and var length)
        {
            try
            {
                TellEvent(_pending.Memory[..length]);
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
            {
                // A chunk that is none. What the stream has begun with it ends with an error.
                _ended = true;
                Answer!.WriteFault(Garbage().GetProperty("error"), _events!);
            }

            _pending.Consume(length);
            _scanned = 0;
        }

        if (_ended)
            _pending.Consume(_pending.Length);
        _scanned = _pending.Length;
    }

    private void TellEvent(ReadOnlyMemory<byte> sse)
    {
        var kind = ServerSentEvents.KindOf(sse.Span);
        if (kind == EventKind.Done)
        {
            _ended = true;
            Answer!.WriteEnd(_events!);
        }
        else if (kind is EventKind.Data or EventKind.Usage or EventKind.Error)
        {
            using var document = JsonDocument.Parse(sse["data:".Length..]);
            _ended = kind == EventKind.Error;
            if (_ended)
                Answer!.WriteFault(document.RootElement.GetProperty("error"), _events!);
            else
                Answer!.WriteChunk(document.RootElement, _events!);
        }
    }

    private bool TryTellWhole(PooledBuffer told)
    {
        try
        {
            using var document = JsonDocument.Parse(_pending.Memory);
            using var json = new Utf8JsonWriter(told, EventWriter.Json);
            if (Answer is null)
                protocol.WriteError(document.RootElement, json);
            else if (context.Response.StatusCode >= StatusCodes.Status400BadRequest)
                protocol.WriteError(protocol.Names.Rename(document.RootElement), json); // Of what the request was made into.
            else
                Answer.WriteWhole(document.RootElement, json);
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return false;
        }
    }

    private void TellFault(PooledBuffer told)
    {
        told.Consume(told.Length);
        context.Response.StatusCode = BackendFaults.Garbage.Status;
        using var json = new Utf8JsonWriter(told, EventWriter.Json);
        protocol.WriteError(Garbage(), json);
    }

    /// <summary>The model server made no sense, also in our records.</summary>
    private JsonElement Garbage()
    {
        context.Inference().Code = BackendFaults.Garbage.Code;
        return JsonElement.Parse(BackendFaults.Garbage.ToEvent().AsSpan("data: ".Length));
    }
}
