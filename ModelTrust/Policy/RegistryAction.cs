namespace Zakenak.ModelTrust.Policy;

/// <summary>What a policy lets an identity do at the registry.</summary>
public static class RegistryAction
{
    public const string Push = "push";
    public const string Attest = "attest";
    public const string Promote = "promote";
    public const string Retire = "retire";
    public const string Revoke = "revoke";

    public static IReadOnlyList<string> All { get; } = [Push, Attest, Promote, Retire, Revoke];
}
