namespace Zakenak.ModelDelivery;

/// <summary>How a push or pull uses the network.</summary>
public sealed record TransferOptions
{
    public static TransferOptions Default { get; } = new();

    /// <summary>Connections at once. Four keep two cores of TLS and one of hashing busy; more only wait.</summary>
    public int Connections { get; init; } = 4;

    /// <summary>Bytes of one ranged request. A pull holds at most two of these for each connection.</summary>
    public int SegmentBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Bytes of one <c>PATCH</c>: what a broken connection can cost at most.</summary>
    public long UploadBytes { get; init; } = 128L * 1024 * 1024;

    /// <summary>A transfer ends when no byte has moved for this long; a slow one that moves goes on.</summary>
    public TimeSpan NoProgressTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
