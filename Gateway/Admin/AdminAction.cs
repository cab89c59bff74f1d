namespace Zakenak.Gateway.Admin;

/// <summary>What is being administered by one request; an endpoint adds what its record should say.</summary>
/// <param name="caller">The SPIFFE id of whoever does it.</param>
internal sealed class AdminAction(string caller)
{
    private readonly List<KeyValuePair<string, string>> _details = [];

    public string Caller => caller;

    /// <summary>What it was done to, and how.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Details => _details;

    /// <summary>Adds to the record. Never a secret.</summary>
    public AdminAction With(string name, string value)
    {
        _details.Add(new(name, value));
        return this;
    }
}
