using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace Zakenak.Gateway.Protocols.Sockets;

/// <summary>The response of a request that came by message: each line that is written becomes a message, sent before more is taken.</summary>
internal sealed class SocketResponse(SocketConnection connection) : PipeWriter, IHttpResponseBodyFeature, IDisposable
{
    private readonly PooledBuffer _pending = new();

    public Head Headers { get; } = new();

    public PipeWriter Writer => this;

    public Stream Stream => AsStream(leaveOpen: true);

    public override void Advance(int bytes) => _pending.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => _pending.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => _pending.GetSpan(sizeHint);

    public override void CancelPendingFlush()
    {
        // A flush ends with the request.
    }

    public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        Headers.Begin();
        while (_pending.Span.IndexOf((byte)'\n') is >= 0 and var end)
        {
            await connection.SendAsync(_pending.Memory[..end], cancellationToken);
            _pending.Consume(end + 1);
        }

        return default;
    }

    /// <summary>Sends what has no end of line.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (_pending.Length > 0)
            await connection.SendAsync(_pending.Memory, cancellationToken);
        _pending.Consume(_pending.Length);
    }

    public override void Complete(Exception? exception = null)
    {
    }

    public Task StartAsync(CancellationToken cancellationToken = default)
    {
        Headers.Begin();
        return Task.CompletedTask;
    }

    public Task CompleteAsync() => Task.CompletedTask;

    public void DisableBuffering()
    {
    }

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("Answers by message are no files.");

    public void Dispose() => _pending.Dispose();

    /// <summary>Status and headers; they go nowhere, but the status must not change once something was sent.</summary>
    internal sealed class Head : HttpResponseFeature
    {
        private bool _hasStarted;

        public override bool HasStarted => _hasStarted;

        public void Begin() => _hasStarted = true;
    }
}
