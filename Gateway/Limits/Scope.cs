namespace Zakenak.Gateway.Limits;

/// <summary>Whose limits these are, one of a tenant, a key and a tenant's use of a model, and what counts against them. Not thread-safe.</summary>
internal sealed class Scope(long minute)
{
    /// <summary>Requests in a minute.</summary>
    public Budget Requests { get; } = new(minute);

    /// <summary>Tokens of prompts and completions in a minute.</summary>
    public Budget Tokens { get; } = new(minute);

    /// <summary>Requests at the same time.</summary>
    public Budget Running { get; } = new(0);

    /// <summary>Puts limits in force; what was used stays used.</summary>
    public void Limit(int? requests, long? tokens, int? running)
    {
        Requests.Limit = requests ?? long.MaxValue;
        Tokens.Limit = tokens ?? long.MaxValue;
        Running.Limit = running ?? long.MaxValue;
    }
}
