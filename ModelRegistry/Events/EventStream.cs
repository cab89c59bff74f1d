using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelRegistry;

/// <summary>
/// <c>GET /v1/events</c>: server-sent events. After <c>?after=ID</c> or <c>Last-Event-ID</c> come all events after that one; without, those from now on.
/// </summary>
internal sealed class EventStream(EventFeed feed, IOptions<EventsOptions> options, IHostApplicationLifetime lifetime, TimeProvider time)
{
    private const int AtOnce = 256;

    private static readonly Refusal _tooMany = new(
        StatusCodes.Status503ServiceUnavailable, "too_many_subscribers", "The registry has as many subscribers as it takes.", RetryAfterSeconds: 10);

    private static readonly Refusal _malformed = new(StatusCodes.Status400BadRequest, "event_id_malformed", "An event's id is a number from 0 on.");

    private static readonly Refusal _expired = new(
        StatusCodes.Status410Gone, "events_expired", "Events after this id are not kept any more, or never were here. Read the versions, then follow from now on.");

    private int _subscribers;

    public async Task AnswerAsync(HttpContext context)
    {
        if (!TryReadAfter(context.Request, out var after))
        {
            await context.RefuseAsync(_malformed).ConfigureAwait(false);
            return;
        }

        if (!feed.Has(after))
        {
            await context.RefuseAsync(_expired).ConfigureAwait(false);
            return;
        }

        try
        {
            if (Interlocked.Increment(ref _subscribers) > options.Value.MaxSubscribers)
            {
                await context.RefuseAsync(_tooMany).ConfigureAwait(false);
                return;
            }

            using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
            await SendAsync(context, after, ended.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The subscriber went away, was too slow, or we stop: it comes back with its last id.
        }
        finally
        {
            Interlocked.Decrement(ref _subscribers);
        }
    }

    private bool TryReadAfter(HttpRequest request, out long after)
    {
        // A browser or library that reconnects sends the header beside the address it began with: the header is the newer word.
        var text = request.Headers["Last-Event-ID"] is [{ Length: > 0 } last] ? last : request.Query["after"] is [{ } first] ? first : null;
        after = feed.LastId;
        return text is null || long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out after);
    }

    private async Task SendAsync(HttpContext context, long after, CancellationToken ended)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no";

        // The id alone dispatches nothing; it is where a client that gets no event before it is cut off goes on.
        await FlushAsync(context, Encoding.ASCII.GetBytes($"id: {after}\n: connected\n\n"), ended).ConfigureAwait(false);
        while (true)
        {
            var (events, appended) = feed.Read(after, AtOnce);
            if (events.Count > 0)
            {
                await FlushAsync(context, Encode(events), ended).ConfigureAwait(false);
                after = events[^1].Id;
                if (!feed.Has(after))
                {
                    return; // so slow that events were dropped behind it
                }
            }
            else if (!await AppendedAsync(appended, ended).ConfigureAwait(false))
            {
                await FlushAsync(context, ": heartbeat\n\n"u8.ToArray(), ended).ConfigureAwait(false);
            }
        }
    }

    private async Task<bool> AppendedAsync(Task appended, CancellationToken ended)
    {
        try
        {
            await appended.WaitAsync(options.Value.HeartbeatInterval, time, ended).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private async Task FlushAsync(HttpContext context, byte[] bytes, CancellationToken ended)
    {
        using var slow = new CancellationTokenSource(options.Value.SlowSubscriberTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(slow.Token, ended);
        try
        {
            await context.Response.BodyWriter.WriteAsync(bytes, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (slow.IsCancellationRequested)
        {
            context.Abort(); // without the end that a whole stream has
            throw;
        }
    }

    private static byte[] Encode(IReadOnlyList<FeedEvent> events)
    {
        var buffer = new ArrayBufferWriter<byte>();
        foreach (var e in events)
        {
            // Names are of a-z 0-9 . _ - and JSON here has no line break, so nothing in an event can end it early.
            buffer.Write(Encoding.UTF8.GetBytes(string.Create(
                CultureInfo.InvariantCulture, $"id: {e.Id}\nevent: {e.Data.Kind}\ndata: {JsonSerializer.Serialize(e.Data, RegistryJson.Wire.RegistryEvent)}\n\n")));
        }

        return buffer.WrittenSpan.ToArray();
    }
}
