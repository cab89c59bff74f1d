using System.Buffers;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Resilience;
using Zakenak.Gateway.Screening.Answers;
using Zakenak.Gateway.Screening.Redaction;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Forwarding;

/// <summary>
/// Carries a stream of events from a model server to a client: each event whole and flushed as soon as it is there. When
/// the model server dies, the client gets an error event and a proper end of the response, never half an event or a reset.
/// </summary>
internal sealed class EventPump(
    IOptions<ForwardingOptions> options, ReplicaGate gate, LiveOptions<ResilienceOptions> resilience, Redactions redactions, TimeProvider time)
{
    private const int BufferBytes = 8 * 1024;

    /// <summary>After <c>[DONE]</c> only the end of the response is to come; without it the connection is not used again.</summary>
    private static readonly TimeSpan _endTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Pumps until the end; the fault is returned when the response has not begun, and sent as an event when it has.</summary>
    public async Task<Refusal?> PumpAsync(HttpContext context, HttpResponseMessage source)
    {
        var request = context.Inference();
        using var redactor = redactions.OfAnswer(request);
        Refusal? fault;
        try
        {
            fault = await CopyAsync(context, request, source, redactor);
        }
        catch (RegexMatchTimeoutException)
        {
            fault = RedactionFaults.TimedOut;
        }

        if (fault is null)
            return null;
        request.Code = fault.Code;
        request.ServerFailed = !request.Deadline!.IsOver && fault != RedactionFaults.TimedOut;
        if (!context.Response.HasStarted)
            return fault;
        if (fault != RedactionFaults.TimedOut)
            redactor?.Flush(context.Response.BodyWriter);
        await PatientWriter.WriteAsync(context, request, fault.ToEvent());
        return null;
    }

    private async Task<Refusal?> CopyAsync(HttpContext context, InferenceRequest request, HttpResponseMessage source, AnswerRedactor? redactor)
    {
        var deadline = request.Deadline!;
        var idle = resilience.Current.IdleTimeout;
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        var filled = 0;
        try
        {
            await using var stream = await source.Content.ReadAsStreamAsync(deadline.Token);
            var ended = false;
            deadline.Allow(idle);
            while (true)
            {
                int read;
                try
                {
                    read = await stream.ReadAsync(buffer.AsMemory(filled), deadline.Token);
                }
                catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
                {
                    return ended ? null : deadline.Reason;
                }
                catch (Exception e) when (e is IOException or HttpRequestException)
                {
                    return ended ? null : BackendFaults.Of(e);
                }

                if (ended || read == 0)
                    return ended ? null : BackendFaults.Lost;
                filled += read;

                var (taken, written, last) = WriteEvents(context, request, redactor, buffer.AsSpan(0, filled), filled - read);
                buffer.AsSpan(taken, filled - taken).CopyTo(buffer);
                filled -= taken;
                if (written && !await PatientWriter.FlushAsync(context, request))
                    return null;
                if (last == EventKind.Garbage || filled >= options.Value.MaxEventBytes)
                    return BackendFaults.Garbage;
                ended = last is EventKind.Done or EventKind.Error;

                // Only a whole event is a sign of life.
                if (taken > 0)
                    deadline.Allow(ended ? _endTimeout : idle);
                if (filled == buffer.Length)
                    buffer = Grow(buffer, filled);
            }
        }
        finally
        {
            // It held a completion.
            buffer.AsSpan().Clear();
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>
    /// Writes all complete events. Says how many bytes of the buffer are done with, whether there is something to flush, and the
    /// kind of the last event, or of the one that ends the stream.
    /// </summary>
    private (int Taken, bool Written, EventKind Last) WriteEvents(
        HttpContext context, InferenceRequest request, AnswerRedactor? redactor, ReadOnlySpan<byte> bytes, int scanned)
    {
        var taken = 0;
        var written = false;
        var last = EventKind.Comment;
        while (ServerSentEvents.EndOfFirst(bytes[taken..], Math.Max(0, scanned - taken)) is > 0 and var length)
        {
            var sse = bytes.Slice(taken, length);
            last = ServerSentEvents.KindOf(sse);
            var hasText = false;
            if (last is EventKind.Data or EventKind.Usage or EventKind.Error)
                last = AnswerScreen.Event(ServerSentEvents.DataOf(sse), out hasText);
            if (last == EventKind.Garbage)
                break;
            taken += length;
            request.Received(sse);
            if (last == EventKind.Usage)
            {
                request.TakeUsage(UsageTail.Read(sse));
                if (!request.Body!.Fields.WantsUsage)
                    continue;
            }

            if (last == EventKind.Error)
                request.Code = "backend_error";
            if (!written && !context.Response.HasStarted)
            {
                Begin(context.Response);
                gate.Began(request.Place!);
            }

            written = true;
            if (redactor is null || last == EventKind.Comment)
                context.Response.BodyWriter.Write(sse);
            else if (!WriteRedacted(redactor, context.Response.BodyWriter, sse, last, out hasText))
                return (taken, written, EventKind.Garbage);
            if (hasText && request.FirstTokenAt is null)
                request.FirstTokenAt = time.GetTimestamp();
            if (last is EventKind.Done or EventKind.Error)
                break;
        }

        return (taken, written, last);
    }

    /// <summary>Writes an event without what may not be told. What waits goes out before anything that is no text. False where the event makes no sense.</summary>
    private static bool WriteRedacted(AnswerRedactor redactor, IBufferWriter<byte> output, ReadOnlySpan<byte> sse, EventKind kind, out bool hasText)
    {
        if (kind == EventKind.Data)
            return redactor.TryRewriteEvent(ServerSentEvents.DataOf(sse), output, out hasText);
        hasText = redactor.Flush(output);
        output.Write(sse);
        return true;
    }

    private static void Begin(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
    }

    private static byte[] Grow(byte[] buffer, int filled)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.AsSpan(0, filled).CopyTo(larger);
        buffer.AsSpan().Clear();
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
