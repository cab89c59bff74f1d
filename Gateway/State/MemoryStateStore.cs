namespace Zakenak.Gateway.State;

/// <summary>A document of this process alone, where neither a file nor a database is configured.</summary>
internal sealed class MemoryStateStore : IStateStore
{
    private volatile StoredState _stored = new(0, null);

    public bool IsShared => false;

    public Task<StoredState> ReadAsync(CancellationToken cancellation) => Task.FromResult(_stored);

    public Task<bool> TryWriteAsync(StoredState expected, byte[] content, CancellationToken cancellation)
    {
        var stored = _stored;
        return Task.FromResult(stored.Revision == expected.Revision
            && Interlocked.CompareExchange(ref _stored, new StoredState(stored.Revision + 1, content), stored) == stored);
    }

    public Task WaitForChangeAsync(CancellationToken cancellation) => Task.Delay(Timeout.Infinite, cancellation);

    public ValueTask DisposeAsync() => default;
}
