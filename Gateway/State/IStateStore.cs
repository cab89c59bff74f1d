namespace Zakenak.Gateway.State;

/// <summary>Where one document lies that administrators change: a file, or a row of the database that all replicas share.</summary>
internal interface IStateStore : IAsyncDisposable
{
    /// <summary>Whether other replicas see it.</summary>
    bool IsShared { get; }

    /// <exception cref="StateUnavailableException">It can't be read now.</exception>
    Task<StoredState> ReadAsync(CancellationToken cancellation);

    /// <summary>Replaces what was read, at once or not at all; false where somebody else was first.</summary>
    /// <exception cref="StateUnavailableException">It can't be written now, or it is not known whether it was.</exception>
    Task<bool> TryWriteAsync(StoredState expected, byte[] content, CancellationToken cancellation);

    /// <summary>Returns when it may have changed, and now and then without.</summary>
    /// <exception cref="StateUnavailableException">Changes can't be heard of now.</exception>
    Task WaitForChangeAsync(CancellationToken cancellation);
}
