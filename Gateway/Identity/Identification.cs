namespace Zakenak.Gateway.Identity;

/// <summary>Who sent a request, or why that is not known; one of both.</summary>
internal readonly record struct Identification
{
    public Client? Client { get; private init; }

    public AccessFault? Fault { get; private init; }

    public static implicit operator Identification(Client client) => new() { Client = client };

    public static implicit operator Identification(AccessFault fault) => new() { Fault = fault };
}
