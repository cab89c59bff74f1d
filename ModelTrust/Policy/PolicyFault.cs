namespace Zakenak.ModelTrust.Policy;

/// <summary>The first thing that is wrong with a policy file.</summary>
internal sealed class PolicyFault(string source)
{
    public Refusal? First { get; private set; }

    public void Set(string path, string problem) =>
        First ??= new Refusal(RefusalCodes.PolicyMalformed, $"{source}: {path} {problem}. Correct it, give the policy the next version, and sign it again.");

    public void Set(Refusal refusal) => First ??= new Refusal(RefusalCodes.PolicyMalformed, refusal.Message);
}
