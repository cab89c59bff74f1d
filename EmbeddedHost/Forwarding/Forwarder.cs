using System.Net;
using System.Net.Sockets;

namespace EmbeddedHost.Forwarding;

/// <summary>
/// Spreads TCP connections over the ready replicas, in turn. It knows nothing of what it carries, so TLS and its client certificates
/// stay between the two ends. A connection that finds no replica is closed at once.
/// </summary>
internal sealed class Forwarder : IDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly List<Socket> _listeners = [];
    private readonly IReadOnlyList<ForwarderTarget> _targets;
    private readonly CancellationTokenSource _ending = new();
    private uint _turn;

    private Forwarder(IReadOnlyList<ForwarderTarget> targets) => _targets = targets;

    /// <exception cref="SocketException">The port is taken.</exception>
    public static Forwarder Start(int port, IReadOnlyList<ForwarderTarget> targets)
    {
        var forwarder = new Forwarder(targets);
        forwarder.Listen(IPAddress.Loopback, port);
        if (Socket.OSSupportsIPv6)
        {
            try
            {
                forwarder.Listen(IPAddress.IPv6Loopback, port);
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressNotAvailable)
            {
                // IPv6 is compiled in but switched off: IPv4 is enough.
            }
        }

        return forwarder;
    }

    public void Dispose()
    {
        _ending.Cancel();
        foreach (var listener in _listeners)
            listener.Dispose();
    }

    private void Listen(IPAddress address, int port)
    {
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(new IPEndPoint(address, port));
            listener.Listen(512);
        }
        catch
        {
            listener.Dispose();
            throw;
        }

        _listeners.Add(listener);
        _ = AcceptAsync(listener);
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (!_ending.IsCancellationRequested)
        {
            try
            {
                var client = await listener.AcceptAsync(_ending.Token).ConfigureAwait(false);
                _ = CarryAsync(client);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException)
            {
                // Out of descriptors, or the client was gone before it was accepted. The pause keeps the first from spinning.
                await Task.Delay(50).ConfigureAwait(false);
            }
            catch (ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task CarryAsync(Socket client)
    {
        using (client)
        {
            using var target = await ConnectAsync().ConfigureAwait(false);
            if (target is null)
                return;

            client.NoDelay = true;
            target.NoDelay = true;
            await Task.WhenAll(CopyAsync(client, target), CopyAsync(target, client)).ConfigureAwait(false);
        }
    }

    private async Task<Socket?> ConnectAsync()
    {
        var first = Interlocked.Increment(ref _turn);
        for (var i = 0u; i < _targets.Count; i++)
        {
            var target = _targets[(int)((first + i) % (uint)_targets.Count)];
            if (!target.IsReady())
                continue;

            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, target.Port, _ending.Token).ConfigureAwait(false);
                return socket;
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException)
            {
                // It died a moment ago: the next one.
                socket.Dispose();
            }
        }

        return null;
    }

    // One direction. The end of what one side sends is passed on as such, because the other may still have something to say; an error ends both.
    private async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = new byte[BufferBytes];
        try
        {
            int read;
            while ((read = await from.ReceiveAsync(buffer.AsMemory(), SocketFlags.None, _ending.Token).ConfigureAwait(false)) > 0)
            {
                var rest = buffer.AsMemory(0, read);
                while (!rest.IsEmpty)
                    rest = rest[await to.SendAsync(rest, SocketFlags.None, _ending.Token).ConfigureAwait(false)..];
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            from.Dispose();
            to.Dispose();
        }
    }
}
