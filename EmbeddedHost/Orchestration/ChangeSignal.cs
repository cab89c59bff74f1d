namespace EmbeddedHost.Orchestration;

/// <summary>Wakes everyone who waits for "something changed". Take <see cref="Next"/> before looking at the state, so that no change is missed.</summary>
internal sealed class ChangeSignal
{
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Next => Volatile.Read(ref _next).Task;

    public void Set() => Interlocked.Exchange(ref _next, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();

    public async Task WaitUntilAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            var next = Next;
            if (condition())
                return;
            await next.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
