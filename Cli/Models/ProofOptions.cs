using System.CommandLine;
using Zakenak.Contracts;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Policy;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.Cli.Models;

/// <summary>By what a command that is about to sign knows which model it signs for: the registry's word alone is none.</summary>
internal sealed class ProofOptions
{
    private readonly Option<string?> _digest = new("--digest") { Description = "The model digest you mean, sha256:HEX, where you know it from elsewhere", HelpName = "DIGEST" };
    private readonly Option<string?> _signer = new("--public-key") { Description = "The key that must have signed the model. Default: whom the policy allows", HelpName = "KEY" };
    private readonly PolicyOptions _policy = new();

    public void AddTo(Command command)
    {
        command.Add(_digest);
        command.Add(_signer);
        _policy.AddTo(command);
    }

    /// <summary>The signers of the model and, where there is a policy, its approvers.</summary>
    public Result<Proof> Load(CliContext context, ParseResult parsed, string state, bool isDevelopment, string model)
    {
        var digest = parsed.GetValue(_digest);
        var policy = _policy.Load(context, parsed, state, isDevelopment);
        var rule = policy.Value?.For(model);
        if (parsed.GetValue(_signer) is { } path)
        {
            var key = SignerKey.Load(context.Full(path));
            return key.IsSuccess ? new Proof(AllowedSigners.Only(key.Value), rule, digest) : key.Refusal;
        }

        return digest is not null ? new Proof(null, rule, digest)
            : !policy.IsSuccess ? policy.Refusal
            : rule is null ? new Refusal(RefusalCodes.ModelNotInPolicy, $"The policy has no rule for '{model}', so nobody's signature counts. Add a rule, or say which model you mean with --digest or --public-key.")
            : new Proof(rule.Signers, rule, null);
    }
}

/// <param name="Signers">Whose signature proves the digest; null where the digest is given.</param>
/// <param name="Rule">The policy's, where there is one.</param>
/// <param name="Digest">Given, not asked for.</param>
internal sealed record Proof(AllowedSigners? Signers, ModelRule? Rule, string? Digest)
{
    /// <summary>The model digest to sign for.</summary>
    public Result<string> DigestOf(VersionDocument document)
    {
        if (Digest is not null || Signers is null)
        {
            return Digest == document.Digest
                ? document.Digest
                : new Refusal(RefusalCodes.DigestMismatch, $"The registry has {document.Digest} as {document.Name}:{document.Version}, not {Digest}. Find out which one you mean.");
        }

        Refusal? first = null;
        foreach (var bundle in document.Signatures)
        {
            var signed = SignedModel.Verify(bundle, Signers);
            if ((signed.Refusal ?? signed.Value!.RequireSubject(ModelName.Subject(document.Name, document.Version))) is not { } refusal)
            {
                return "sha256:" + signed.Value!.Statement.RootDigest;
            }

            first ??= refusal;
        }

        return first ?? new Refusal(RefusalCodes.SignatureMissing, $"The registry has no signature for {document.Name}:{document.Version}. Have it signed and pushed again.");
    }
}
