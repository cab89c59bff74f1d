using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Zakenak.Services.Tests.Gateway.Edge;

/// <summary>A client that sends the very bytes that a test wants.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly TcpClient _tcp = new();
    private string _rest = "";

    public static async Task<RawClient> ConnectAsync(Uri url)
    {
        var client = new RawClient();
        try
        {
            await client._tcp.ConnectAsync(url.Host, url.Port, TestContext.Current.CancellationToken);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Refused as soon as it was there.
        }

        return client;
    }

    public Socket Socket => _tcp.Client;

    /// <summary>Sends; a server that has hung up meanwhile is none of the test's concern.</summary>
    public async Task<RawClient> SendAsync(string text)
    {
        try
        {
            await _tcp.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text), TestContext.Current.CancellationToken);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
        }

        return this;
    }

    /// <summary>One answer with its body; what came until the end, where the server hung up before.</summary>
    public async Task<string> ReadAsync()
    {
        var text = _rest;
        while (true)
        {
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0)
            {
                var whole = text[..end].Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase)
                    ? text.IndexOf("\r\n0\r\n\r\n", end, StringComparison.Ordinal) is >= 0 and var last ? last + 7 : int.MaxValue
                    : end + 4 + LengthOf(text[..end]);
                if (text.Length >= whole)
                {
                    _rest = text[whole..];
                    return text[..whole];
                }
            }

            var buffer = new byte[4096];
            var read = await ReadSomeAsync(buffer);
            if (read == 0)
            {
                _rest = "";
                return text;
            }

            text += Encoding.Latin1.GetString(buffer, 0, read);
        }
    }

    /// <summary>Whether the server has hung up, without another byte.</summary>
    public async Task<bool> IsClosedAsync() => _rest.Length == 0 && await ReadSomeAsync(new byte[1]) == 0;

    public void Dispose() => _tcp.Dispose();

    private async Task<int> ReadSomeAsync(byte[] buffer)
    {
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            return await _tcp.GetStream().ReadAsync(buffer, patience.Token);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            return 0;
        }
    }

    private static int LengthOf(string head)
    {
        var line = head.Split("\r\n").FirstOrDefault(l => l.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        return line is null ? 0 : int.Parse(line.Split(':')[1], CultureInfo.InvariantCulture);
    }
}
