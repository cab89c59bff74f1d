using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Zakenak.Services.Tests.Gateway.Edge;

/// <summary>An HTTP/2 client that keeps to no rule but the framing (RFC 9113, section 4).</summary>
internal sealed class RawHttp2 : IDisposable
{
    public const byte Data = 0, Headers = 1, Reset = 3, Settings = 4, Ping = 6, GoAway = 7;

    private const byte EndStream = 1, EndHeaders = 4, Acknowledge = 1;

    private readonly TcpClient _tcp = new();
    private readonly SemaphoreSlim _writing = new(1); // what is read is acknowledged while somebody else sends
    private SslStream _tls = null!;

    public static async Task<RawHttp2> ConnectAsync(Uri url, params (ushort Id, uint Value)[] settings)
    {
        var client = new RawHttp2();
        await client._tcp.ConnectAsync(url.Host, url.Port);
        client._tls = new SslStream(client._tcp.GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);
        await client._tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", ApplicationProtocols = [SslApplicationProtocol.Http2] });
        await client._tls.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray());
        var payload = new byte[settings.Length * 6];
        for (var i = 0; i < settings.Length; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(i * 6), settings[i].Id);
            BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan((i * 6) + 2), settings[i].Value);
        }

        await client._tls.WriteAsync(Frame(Settings, 0, 0, payload));
        return client;
    }

    /// <summary>A request's headers; without a body it ends with them.</summary>
    public static byte[] Request(uint stream, string method, string path, string? authorization = null, bool hasBody = false)
    {
        var block = new List<byte>();
        Field(":method", method);
        Field(":scheme", "https");
        Field(":path", path);
        Field(":authority", "localhost");
        if (authorization is not null)
            Field("authorization", authorization);
        if (hasBody)
            Field("content-type", "application/json");
        return Frame(Headers, (byte)(EndHeaders | (hasBody ? 0 : EndStream)), stream, [.. block]);

        // A literal without indexing and without Huffman's code (RFC 7541, section 6.2.2).
        void Field(string name, string value)
        {
            block.Add(0);
            block.Add((byte)name.Length);
            block.AddRange(Encoding.ASCII.GetBytes(name));
            block.Add((byte)value.Length);
            block.AddRange(Encoding.ASCII.GetBytes(value));
        }
    }

    public static byte[] Body(uint stream, string text) => Frame(Data, EndStream, stream, Encoding.UTF8.GetBytes(text));

    public static byte[] ResetStream(uint stream) => Frame(Reset, 0, stream, [0, 0, 0, 8]);

    /// <summary>False where the server has hung up.</summary>
    public async Task<bool> SendAsync(params byte[] frames)
    {
        await _writing.WaitAsync();
        try
        {
            await _tls.WriteAsync(frames);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>The next frame but for those of the connection's own business, which are answered; null where the server has hung up.</summary>
    public async Task<(byte Type, uint Stream, byte[] Payload)?> ReadAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                var head = new byte[9];
                await _tls.ReadExactlyAsync(head, cancellation);
                var payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
                await _tls.ReadExactlyAsync(payload, cancellation);
                if (head[3] is Settings or Ping && (head[4] & Acknowledge) == 0)
                    await SendAsync(Frame(head[3], Acknowledge, 0, head[3] == Ping ? payload : []));
                else if (head[3] is not (Settings or Ping or 8))
                    return (head[3], BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(5)) & 0x7fffffff, payload);
            }
        }
        catch (Exception e) when (e is IOException or EndOfStreamException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        _tls?.Dispose();
        _tcp.Dispose();
        _writing.Dispose();
    }

    private static byte[] Frame(byte type, byte flags, uint stream, byte[] payload)
    {
        var frame = new byte[9 + payload.Length];
        (frame[0], frame[1], frame[2], frame[3], frame[4]) = ((byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        return frame;
    }
}
