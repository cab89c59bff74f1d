namespace EmbeddedHost.Logs;

/// <summary>One line that a process wrote. Numbers start at 1 and have no gaps within a process's ring.</summary>
internal sealed record LogEntry(long Number, DateTimeOffset Time, string Text, bool IsError);
