using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Zakenak.Contracts;
using Zakenak.ModelTrust;

namespace Zakenak.ModelDelivery;

public sealed partial class RegistryClient
{
    /// <summary>
    /// Listens for events. The sequence ends where the connection does; a refusal, as its only or last element, says why. Ask again after the last id that came, and
    /// read the version anew: an event is a hint, the statement in the document decides.
    /// </summary>
    /// <param name="after">Id of the last event seen; null for those to come.</param>
    /// <param name="silence">The registry's heartbeat comes every 5 s; without any byte for this long the connection counts as dead.</param>
    public async IAsyncEnumerable<Result<WatchedEvent>> WatchAsync(
        string? after, TimeSpan silence, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var patience = new Patience(silence, _time, cancellationToken);
        HttpResponseMessage? response = null;
        Refusal? refusal = null;
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, after is null ? "v1/events" : "v1/events?after=" + Uri.EscapeDataString(after));
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token).ConfigureAwait(false);
            refusal = response.IsSuccessStatusCode ? null : await RegistryProblem.ReadAsync(response, patience.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && patience.IsLost))
        {
            refusal = Lost(e, silence);
        }

        using var answer = response;
        if (refusal is not null)
        {
            yield return refusal;
            yield break;
        }

        using var body = new HeardStream(await answer!.Content.ReadAsStreamAsync(patience.Token).ConfigureAwait(false), patience);
        var events = SseParser.Create(body, (_, data) => Parse(data)).EnumerateAsync(patience.Token).GetAsyncEnumerator(patience.Token);
        await using var _ = events.ConfigureAwait(false);
        while (true)
        {
            try
            {
                if (!await events.MoveNextAsync().ConfigureAwait(false))
                {
                    yield break;
                }
            }
            catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && patience.IsLost))
            {
                refusal = Lost(e, silence);
            }

            if (refusal is not null)
            {
                yield return refusal;
                yield break;
            }

            yield return events.Current is { Data: { } said, EventId: { Length: > 0 } id } ? new WatchedEvent(id, said) : RegistryProblem.Malformed("an event has no id or is none");
        }
    }

    private Refusal Lost(Exception e, TimeSpan silence) =>
        e is OperationCanceledException ? RegistryProblem.Silent(_http.BaseAddress, silence) : RegistryProblem.Unreachable(_http.BaseAddress, e);

    private static RegistryEvent? Parse(ReadOnlySpan<byte> data)
    {
        try
        {
            return JsonSerializer.Deserialize<RegistryEvent>(data, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Every byte counts as a sign of life, heartbeats too, which the parser keeps to itself.</summary>
    private sealed class HeardStream(Stream inner, Patience patience) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            patience.Renew();
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
