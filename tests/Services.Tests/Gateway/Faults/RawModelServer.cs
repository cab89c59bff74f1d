using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Zakenak.Contracts;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Faults;

/// <summary>A model server down to its TLS: it lists its model as a good one does, and to all else it answers the bytes that a test wants.</summary>
internal sealed class RawModelServer : IAsyncDisposable
{
    private static readonly string _models =
        $$$"""{"object":"list","data":[{"id":"guide:v1","object":"model","created":1,"owned_by":"zakenak","zakenak":{"name":"guide","version":"v1","digest":"{{{StubModelServer.Digest}}}","stage":"Approved"}}]}""";

    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<Socket, Task> _connections = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly SslServerAuthenticationOptions _tls;
    private readonly Task _accepting;
    private volatile bool _hangs;
    private int _closed;

    public RawModelServer(TestTrustDomain domain)
    {
        _tls = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = domain.CreateIdentity(ServiceNames.ModelServer).Current.ServerContext,
            EnabledSslProtocols = SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
        };
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public (string Key, string Value) Setting => ("ModelServers:Urls:0", $"https://{_listener.LocalEndpoint}");

    /// <summary>Connections that it let hang.</summary>
    public int Hung { get; private set; }

    /// <summary>Connections that were ended by an answer.</summary>
    public int Closed => Volatile.Read(ref _closed);

    /// <summary>Heads of requests for completions.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>What it answers to a request; false ends the connection.</summary>
    public Func<Stream, Task<bool>> Answer { get; set; } = Says(Ok(StubModelServer.Completion("well")));

    /// <summary>Says these bytes and keeps the connection.</summary>
    public static Func<Stream, Task<bool>> Says(string text, bool thenCloses = false) => async stream =>
    {
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text));
        return !thenCloses;
    };

    public static string Ok(string body, string headers = "", string type = "application/json") =>
        string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\n{headers}Content-Length: {body.Length}\r\n\r\n{body}");

    /// <summary>From now on connections are taken and then left alone; those that are there end.</summary>
    public void Hang()
    {
        _hangs = true;
        foreach (var socket in _connections.Keys)
            socket.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        foreach (var (socket, serving) in _connections)
        {
            socket.Dispose();
            await serving;
        }

        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_end.Token);
                Hung += _hangs ? 1 : 0;
                _connections[socket] = _hangs ? Task.CompletedTask : ServeAsync(socket);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test ends.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await Task.Yield();
        if (await ServeUntilEndAsync(socket))
            Interlocked.Increment(ref _closed);
    }

    /// <summary>Whether an answer ended it.</summary>
    private async Task<bool> ServeUntilEndAsync(Socket socket)
    {
        var isEndedByAnswer = false;
        try
        {
            await using var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await stream.AuthenticateAsServerAsync(_tls, _end.Token);
            using var reader = new StreamReader(stream, Encoding.Latin1, detectEncodingFromByteOrderMarks: false, bufferSize: 1, leaveOpen: true);
            while (await ReadAsync(reader) is { } head)
            {
                if (head.StartsWith("GET /v1/models ", StringComparison.Ordinal))
                {
                    await stream.WriteAsync(Encoding.Latin1.GetBytes(Ok(_models)), _end.Token);
                    continue;
                }

                if (head.StartsWith("GET ", StringComparison.Ordinal))
                {
                    await stream.WriteAsync("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), _end.Token);
                    continue;
                }

                Requests.Enqueue(head);
                var answering = Answer(stream);
                isEndedByAnswer = true;
                if (!await answering.WaitAsync(_end.Token))
                    break;
                isEndedByAnswer = false;
            }
        }
        catch (Exception e) when (e is IOException or AuthenticationException or OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The gateway has enough of it, or the test ends.
        }

        return isEndedByAnswer;
    }

    /// <summary>A request's head, its body read; null at the connection's end.</summary>
    private async Task<string?> ReadAsync(StreamReader reader)
    {
        var head = new StringBuilder();
        var length = 0;
        while (await reader.ReadLineAsync(_end.Token) is { } line)
        {
            if (line.Length == 0)
            {
                if (length > 0)
                    await reader.ReadBlockAsync(new char[length], _end.Token);
                return head.ToString();
            }

            head.Append(line).Append('\n');
            if (line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
                length = int.Parse(line["Content-Length:".Length..], CultureInfo.InvariantCulture);
        }

        return null;
    }
}
