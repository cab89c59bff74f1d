using Zakenak.Audit;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Edge;

/// <summary>Clients that ask and then don't take the answer.</summary>
public sealed class SlowReaderTests
{
    private const int Pause = 1 << 20;

    private static readonly TestTrustDomain _domain = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_takes_no_answer_is_cut_off_and_what_waited_for_it_is_bounded(bool stream)
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        var (left, sent) = (new TaskCompletionSource(), 0L);
        server.Answer = async context =>
        {
            if (!stream)
            {
                // More than any socket keeps.
                await StubModelServer.AnswerAsync(context, StubModelServer.Completion(new string('x', 12_000_000)));
                return;
            }

            using var _ = context.RequestAborted.Register(() => left.TrySetResult());
            StubModelServer.BeginStream(context);
            var text = StubModelServer.Event(new string('x', 8000));
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await StubModelServer.SendAsync(context, text);

                // Once the gateway has left, writing goes nowhere and at once; a pause lets the word of it come first.
                if (Interlocked.Add(ref sent, text.Length) % Pause < text.Length)
                    await Task.Delay(1);
            }
        };
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], ("Resilience:WriteTimeout", "00:00:00.300"), ("Limits:ConcurrentRequests", "1"));
        using var client = await RawClient.ConnectAsync(gateway.Url);
        client.Socket.ReceiveBufferSize = 4096;
        var body = GatewayHost.Chat(stream: stream);
        await client.SendAsync($"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {gateway.Key}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");

        await GatewayHost.Until(() => AuditHistory.Read(gateway.AuditFolder).Any(r => r.Record.Code == "client_too_slow"));
        if (stream)
            await left.Task.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.InRange(Interlocked.Read(ref sent), 0, 32 * 1024 * 1024);

        // Its place is another's now.
        await GatewayHost.Until(() =>
        {
            using var next = gateway.Client.GetAsync("/v1/models").Result;
            return next.IsSuccessStatusCode;
        });
    }
}
