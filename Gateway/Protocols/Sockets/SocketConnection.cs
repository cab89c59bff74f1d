using System.Net.WebSockets;
using Microsoft.Extensions.Options;
using Zakenak.Gateway.Audit;
using Zakenak.Gateway.Screening;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Protocols.Sockets;

/// <summary>
/// One client's connection: reads its messages, runs each request on the way that all chats take, and sends what is answered. One message is sent
/// at a time and waits for the client to take it, so a slow client slows its own answers down to the model server, and nothing piles up here.
/// </summary>
internal sealed partial class SocketConnection(
    WebSocket socket, HttpContext upgrade, RequestDelegate chat, IOptions<SocketsOptions> options, LiveOptions<ScreeningOptions> screening,
    IHostApplicationLifetime lifetime, GatewayAudit audit, TimeProvider time, ILogger<SocketConnection> logger) : IAsyncDisposable
{
    /// <summary>Around the request: the id and the names of the members.</summary>
    private const int EnvelopeBytes = 1024;

    private const int ReceiveBytes = 4096;

    private static readonly TimeSpan _goodbye = TimeSpan.FromSeconds(2);

    private static readonly Refusal _tooManyRunning = new(StatusCodes.Status429TooManyRequests, "concurrency_limit_exceeded",
        "This connection has as many requests under way as it may. Wait for one to end.");

    private static readonly Refusal _noMessage = new(StatusCodes.Status400BadRequest, "invalid_message",
        "A message must be {\"id\":\"…\",\"request\":{…}} or {\"id\":\"…\",\"cancel\":true}.");

    private static readonly Refusal _failed = new(StatusCodes.Status500InternalServerError, "internal_error",
        "The service failed; the request id names the log line that says why.");

    private static readonly Refusal _stopping = new(StatusCodes.Status503ServiceUnavailable, "server_stopping",
        "The gateway is stopping; connect again.", RetryAfterSeconds: 1);

    private static readonly Refusal _sameId = new(StatusCodes.Status400BadRequest, "duplicate_id", "A request with this id is under way.", "id");

    private readonly CancellationTokenSource _gone = CancellationTokenSource.CreateLinkedTokenSource(upgrade.RequestAborted);
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly Dictionary<string, (CancellationTokenSource Cancel, Task Running)> _running = new(StringComparer.Ordinal);
    private bool _isClosing;

    /// <summary>Requests so far.</summary>
    public int Requests { get; private set; }

    /// <summary>Until the client closes, goes away, says what is no message, says nothing for too long, or the gateway stops.</summary>
    public async Task RunAsync()
    {
        var receiving = ReceiveAllAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStopping, _gone.Token);
        using var idle = new IdleWatch(() => Running().Length > 0, options.Value.IdleTimeout, time);

        // A read is never cancelled: that would end the connection without a word.
        var ended = await Task.WhenAny(receiving, idle.Ended.WaitAsync(stop.Token));
        var (status, reason) = ended == receiving ? await receiving
            : idle.Ended.IsCompleted ? (WebSocketCloseStatus.PolicyViolation, "idle")
            : (WebSocketCloseStatus.EndpointUnavailable, "stopping");
        if (status != WebSocketCloseStatus.EndpointUnavailable)
            CancelAll();
        lock (_running)
            _isClosing = true;
        await Task.WhenAll(Running());
        await CloseAsync(status, reason, receiving);
    }

    /// <summary>Sends one message, in its turn. A client that doesn't take it in time is gone.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        await _sending.WaitAsync(cancellation);
        try
        {
            // Not the request's token: half a message would end the connection of all the others.
            using var patience = new CancellationTokenSource(options.Value.SendTimeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _gone.Token);
            await socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, either.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            await _gone.CancelAsync();
            throw new OperationCanceledException("The client takes no more messages.", e);
        }
        finally
        {
            _sending.Release();
        }
    }

    public ValueTask DisposeAsync()
    {
        _gone.Dispose();
        _sending.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Takes messages; returns how the connection is to be closed.</summary>
    private async Task<(WebSocketCloseStatus, string)> ReceiveAllAsync()
    {
        using var buffer = new PooledBuffer();
        try
        {
            while (true)
            {
                buffer.Dispose(); // A large message must not keep its memory while the next is waited for.
                ValueWebSocketReceiveResult received;
                do
                {
                    received = await socket.ReceiveAsync(buffer.GetMemory(ReceiveBytes), _gone.Token);
                    buffer.Advance(received.Count);
                    if (received.MessageType == WebSocketMessageType.Close)
                        return (WebSocketCloseStatus.NormalClosure, "");
                    if (received.MessageType == WebSocketMessageType.Binary)
                        return (WebSocketCloseStatus.InvalidMessageType, "text only");
                    if (buffer.Length > screening.Current.MaxBodyBytes + EnvelopeBytes)
                        return (WebSocketCloseStatus.MessageTooBig, "too large");
                }
                while (!received.EndOfMessage);

                await TakeAsync(buffer.Memory);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or IOException)
        {
            // Gone without a word.
            await _gone.CancelAsync();
            return (WebSocketCloseStatus.Empty, "");
        }
    }

    /// <summary>Says goodbye, and waits a moment for the client to say it too.</summary>
    private async Task CloseAsync(WebSocketCloseStatus status, string reason, Task receiving)
    {
        if (socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived))
            return;
        using var patience = new CancellationTokenSource(options.Value.SendTimeout, time);
        await socket.CloseOutputAsync(status, reason, patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await receiving.WaitAsync(_goodbye, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!receiving.IsCompleted)
            socket.Abort();
        await receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task TakeAsync(ReadOnlyMemory<byte> json)
    {
        var (message, wrong) = SocketMessage.Read(json.Span, screening.Current.MaxDepth);
        if (message is not { } valid)
        {
            audit.RecordRefused(upgrade, _noMessage, time, SocketExchange.Method, SocketsSetup.Path);
            await SendAsync(SocketReplies.Error(null, _noMessage with { Param = wrong is "" ? null : wrong }), _gone.Token);
            return;
        }

        if (valid.Request is not { } range)
        {
            Cancel(valid.Id);
            return;
        }

        if (IsRunning(valid.Id))
        {
            audit.RecordRefused(upgrade, _sameId, time, SocketExchange.Method, SocketsSetup.Path);

            // Without the id: what is told under it is the other's.
            await SendAsync(SocketReplies.Error(null, _sameId), _gone.Token);
            return;
        }

        if (Begin(valid.Id, json[range]) is not { } refusal)
            return;
        audit.RecordRefused(upgrade, refusal, time, SocketExchange.Method, SocketsSetup.Path);
        await SendAsync(SocketReplies.Error(valid.Id, refusal), _gone.Token);
        await SendAsync(SocketReplies.Done(valid.Id, refusal.Status, null), _gone.Token);
    }

    /// <summary>Starts a request, or says why not.</summary>
    private Refusal? Begin(string id, ReadOnlyMemory<byte> request)
    {
        lock (_running)
        {
            if (_isClosing)
                return _stopping;
            if (_running.Count >= options.Value.MaxRequests)
                return _tooManyRunning;
            Requests++;
            var cancel = CancellationTokenSource.CreateLinkedTokenSource(_gone.Token);
            _running.Add(id, (cancel, Task.CompletedTask));

            // The message's buffer is used again: the request's bytes are its own.
            _running[id] = (cancel, AnswerAsync(id, request.ToArray(), cancel));
            return null;
        }
    }

    private async Task AnswerAsync(string id, byte[] body, CancellationTokenSource cancel)
    {
        await Task.Yield();
        try
        {
            using var response = new SocketResponse(this);
            var exchange = new SocketExchange(upgrade, body, response.Headers, cancel.Token);
            var status = await exchange.RunAsync(chat, response, new SocketProtocol(id), audit, time);
            await SendAsync(SocketReplies.Done(id, status, exchange.RequestId), _gone.Token);
        }
        catch (OperationCanceledException) when (_gone.IsCancellationRequested)
        {
            // Nobody is there to be told.
        }
#pragma warning disable CA1031 // The last handler, as there is one around requests of HTTP.
        catch (Exception e)
#pragma warning restore CA1031
        {
            RequestFailed(logger, e);
            await SendAsync(SocketReplies.Error(id, _failed), _gone.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await SendAsync(SocketReplies.Done(id, _failed.Status, null), _gone.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            Array.Clear(body);
            lock (_running)
                _running.Remove(id);
            cancel.Dispose();
        }
    }

    private void Cancel(string id)
    {
        lock (_running)
        {
            if (_running.TryGetValue(id, out var request))
                request.Cancel.Cancel();
        }
    }

    private bool IsRunning(string id)
    {
        lock (_running)
            return _running.ContainsKey(id);
    }

    private void CancelAll()
    {
        lock (_running)
        {
            foreach (var (cancel, _) in _running.Values)
                cancel.Cancel();
        }
    }

    private Task[] Running()
    {
        lock (_running)
            return [.. _running.Values.Select(request => request.Running)];
    }

    [LoggerMessage(LogLevel.Error, "Failed to answer a request that came by WebSocket")]
    private static partial void RequestFailed(ILogger logger, Exception exception);
}
