using Zakenak.Gateway.Limits.Leases;

namespace Zakenak.Gateway.Limits;

/// <summary>Whose limits these are, one of a tenant, a key and a tenant's use of a model, and what counts against them. Not thread-safe.</summary>
/// <param name="name">The same at every replica.</param>
/// <param name="minute">In ticks of the monotonic clock.</param>
/// <param name="gate">The lock under which it is used.</param>
/// <param name="book">Where parts are leased; null where this replica is alone.</param>
internal sealed class Scope(string name, long minute, Lock gate, LeaseBook? book)
{
    /// <summary>Requests in a minute.</summary>
    public Budget Requests { get; } = new(minute, Share(name + "/requests", gate, book));

    /// <summary>Tokens of prompts and completions in a minute.</summary>
    public Budget Tokens { get; } = new(minute, Share(name + "/tokens", gate, book));

    /// <summary>Requests at the same time.</summary>
    public Budget Running { get; } = new(0, Share(name + "/running", gate, book));

    /// <summary>Puts limits in force; what was used stays used.</summary>
    public void Limit(int? requests, long? tokens, int? running)
    {
        Requests.Limit = requests ?? long.MaxValue;
        Tokens.Limit = tokens ?? long.MaxValue;
        Running.Limit = running ?? long.MaxValue;
    }

    /// <summary>Whether nothing counts.</summary>
    public bool IsIdle(long now) => Requests.Used(now) == 0 && Tokens.Used(now) == 0 && Running.Used(now) == 0;

    /// <summary>Not to be used from here on: what is leased is given back.</summary>
    public void Retire()
    {
        Requests.Retire();
        Tokens.Retire();
        Running.Retire();
    }

    private static Func<Budget, Slice>? Share(string name, Lock gate, LeaseBook? book) =>
        book is null ? null : budget => book.Add(name, gate, budget);
}
