using System.CommandLine;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Policy;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.Cli.Models;

/// <summary>The policy by which a command decides: the one named, else the development suite's in the state folder.</summary>
internal sealed class PolicyOptions
{
    private readonly Option<string?> _policy = new("--policy") { Description = "The signed policy. Default: the one in the state folder", HelpName = "FILE" };
    private readonly Option<string?> _root = new("--policy-root") { Description = "The public key that must have signed the policy", HelpName = "KEY" };

    public void AddTo(Command command)
    {
        command.Add(_policy);
        command.Add(_root);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_policy) is null != result.GetResult(_root) is null)
            {
                result.AddError("--policy and --policy-root go together.");
            }
        });
    }

    /// <param name="state">The state folder.</param>
    /// <param name="isDevelopment">Whether keys that are for development only count.</param>
    public Result<ModelPolicy> Load(CliContext context, ParseResult parsed, string state, bool isDevelopment) => ModelPolicy.Load(
        parsed.GetValue(_policy) is { } policy ? context.Full(policy) : Path.Combine(state, "trust", "policy.json"),
        RootOf(context, parsed, state),
        isDevelopment);

    /// <summary>Where a policy that was loaded, and what was seen under it, is remembered.</summary>
    public PullMemory MemoryOf(CliContext context, ParseResult parsed, string state) =>
        new(Path.Combine(state, "seen", SignerKey.Load(RootOf(context, parsed, state)).Value!.Id[..16] + ".json"));

    private string RootOf(CliContext context, ParseResult parsed, string state) =>
        parsed.GetValue(_root) is { } root ? context.Full(root) : Path.Combine(state, "trust", "policy-root.pub.pem");
}
