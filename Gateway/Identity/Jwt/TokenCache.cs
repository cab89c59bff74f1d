using System.Collections.Concurrent;

namespace Zakenak.Gateway.Identity.Jwt;

/// <summary>
/// Tokens that were verified, by hash. In two generations of half the size each: when the younger is full the older is forgotten whole, and
/// what is still used came over by then. So nothing has to be searched for what may go.
/// </summary>
internal sealed class TokenCache
{
    private readonly Lock _lock = new();
    private volatile Generations _generations = new(new(), new());

    /// <summary>What is remembered, for whoever asks again within its time.</summary>
    public VerifiedToken? Find(TokenHash hash)
    {
        var (young, old) = _generations;
        return young.TryGetValue(hash, out var token) || old.TryGetValue(hash, out token) ? token : null;
    }

    /// <param name="hash">Of the token.</param>
    /// <param name="token">What was found out about it.</param>
    /// <param name="capacity">Tokens that may be remembered.</param>
    public void Add(TokenHash hash, VerifiedToken token, int capacity)
    {
        if (capacity < 2)
            return;
        lock (_lock)
        {
            if (_generations.Young.Count >= capacity / 2)
                _generations = new Generations(new(), _generations.Young);
            _generations.Young[hash] = token;
        }
    }

    private sealed record Generations(ConcurrentDictionary<TokenHash, VerifiedToken> Young, ConcurrentDictionary<TokenHash, VerifiedToken> Old);
}
