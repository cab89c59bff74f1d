namespace EmbeddedHost.Forwarding;

/// <summary>One replica behind a forwarder.</summary>
internal sealed record ForwarderTarget(int Port, Func<bool> IsReady);
