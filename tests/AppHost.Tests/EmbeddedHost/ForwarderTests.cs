using System.Net;
using System.Net.Sockets;
using System.Text;
using global::EmbeddedHost.Forwarding;
using global::EmbeddedHost.Orchestration;

namespace Zakenak.AppHost.Tests.EmbeddedHost;

public sealed class ForwarderTests : IDisposable
{
    private readonly List<IDisposable> _open = [];
    private readonly FreePorts _ports = new(Random.Shared);

    public void Dispose() => _open.ForEach(item => item.Dispose());

    [Fact]
    public async Task Connections_go_to_the_ready_targets_in_turn()
    {
        var aReady = true;
        var port = Forward(new(Answer("a"), () => aReady), new(Answer("b"), () => true), new(_ports.Next(), () => true), new(Answer("unready"), () => false));

        var answers = new List<string>();
        for (var i = 0; i < 8; i++)
            answers.Add(await AskAsync(port, "x"));
        Assert.Contains("a:x", answers);
        Assert.Contains("b:x", answers);
        Assert.DoesNotContain(answers, answer => answer is not ("a:x" or "b:x"));

        aReady = false;
        for (var i = 0; i < 4; i++)
            Assert.Equal("b:x", await AskAsync(port, "x"));
    }

    [Fact]
    public async Task Without_a_ready_target_a_connection_ends_at_once()
    {
        var port = Forward(new ForwarderTarget(Answer("a"), () => false));

        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(RunningHost.Patience));
    }

    [Fact]
    public async Task Much_data_passes_both_ways_unchanged()
    {
        var port = Forward(new ForwarderTarget(Answer(""), () => true));
        var text = string.Concat(Enumerable.Range(0, 300_000).Select(i => (char)('a' + (i % 26))));

        Assert.Equal(":" + text, await AskAsync(port, text));
    }

    // Sends, ends its side, and reads what comes then: the target answers only after the end.
    private static async Task<string> AskAsync(int port, string text)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text));
        client.Client.Shutdown(SocketShutdown.Send);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync().WaitAsync(RunningHost.Patience);
    }

    private int Forward(params ForwarderTarget[] targets)
    {
        var port = _ports.Next();
        _open.Add(Forwarder.Start(port, targets));
        return port;
    }

    private int Answer(string name)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        _open.Add(listener);
        _ = Task.Run(async () =>
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync();
                using var reader = new StreamReader(client.GetStream(), leaveOpen: true);
                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"{name}:{await reader.ReadToEndAsync()}"));
            }
        });
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
