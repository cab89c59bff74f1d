namespace Zakenak.ModelServer.Loading;

/// <summary>Whether the answers under way must end, and why: a policy may say that a revoked model finishes no sentence.</summary>
public sealed class Withdrawal : IDisposable
{
    private readonly CancellationTokenSource _cut = new();
    private volatile string _code = string.Empty;

    /// <summary>Fires when the answers under way must end.</summary>
    public CancellationToken Token => _cut.Token;

    /// <summary>A stable code that says why; empty before.</summary>
    public string Code => _code;

    public void Cut(string code)
    {
        _code = code;
        _cut.Cancel();
    }

    public void Dispose() => _cut.Dispose();
}
