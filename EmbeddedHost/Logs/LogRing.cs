namespace EmbeddedHost.Logs;

/// <summary>The last lines of a process: bounded in lines and in characters, readable while it is written.</summary>
internal sealed class LogRing(int maxLines, int maxCharacters, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Queue<LogEntry> _entries = new();
    private long _lastNumber;
    private long _characters;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long LastNumber
    {
        get
        {
            lock (_lock)
                return _lastNumber;
        }
    }

    public void Add(string text, bool isError)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            _entries.Enqueue(new(++_lastNumber, time.GetUtcNow(), text, isError));
            _characters += text.Length;
            while (_entries.Count > maxLines || (_characters > maxCharacters && _entries.Count > 1))
                _characters -= _entries.Dequeue().Text.Length;

            changed = _changed;
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }

    /// <summary>The kept lines with a number above <paramref name="number"/>, oldest first.</summary>
    public IReadOnlyList<LogEntry> After(long number)
    {
        lock (_lock)
            return _entries.Where(entry => entry.Number > number).ToArray();
    }

    public IReadOnlyList<LogEntry> Last(int count)
    {
        lock (_lock)
            return _entries.Skip(Math.Max(0, _entries.Count - count)).ToArray();
    }

    /// <summary>
    /// Lines after <paramref name="number"/>, waiting for the next ones. Readers pull, so that a slow one costs no memory: it misses
    /// what the ring has dropped meanwhile and sees that by the numbers.
    /// </summary>
    public async Task<IReadOnlyList<LogEntry>> WaitAfterAsync(long number, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_lastNumber > number)
                    return _entries.Where(entry => entry.Number > number).ToArray();
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
