namespace Zakenak.Gateway.Protocols.Sockets;

/// <summary>Tells when a connection has had nothing under way for so long, give or take as much.</summary>
internal sealed class IdleWatch : IDisposable
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _timer;
    private bool _wasIdle;

    public IdleWatch(Func<bool> isBusy, TimeSpan timeout, TimeProvider time) => _timer = time.CreateTimer(
        _ =>
        {
            var idle = !isBusy();
            if (idle && _wasIdle)
                _ended.TrySetResult();
            _wasIdle = idle;
        },
        null, timeout, timeout);

    public Task Ended => _ended.Task;

    public void Dispose() => _timer.Dispose();
}
