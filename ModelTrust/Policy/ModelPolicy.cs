using System.Security.Cryptography;
using Zakenak.ModelTrust.Dsse;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelTrust.Policy;

/// <summary>Who may do what to models, and what a version needs to be served: <c>policy.json</c>, signed by a root that is configured out of band.</summary>
public sealed class ModelPolicy
{
    public const string PayloadType = "application/vnd.zakenak.policy+json";
    public const string SignatureSuffix = ".sig";
    public const string AnyModel = "*";

    public const int MaxBytes = 1024 * 1024;

    private static readonly DsseDocument Document = new(
        PayloadType, "The policy's signature", RefusalCodes.PolicyInvalid, "Get the policy and its signature again, or have it signed by the root with `zakenak policy sign`.");

    /// <summary>Only grows: a consumer refuses a lower one than it has seen.</summary>
    public required long Version { get; init; }

    public required DateTimeOffset? ExpiresAt { get; init; }

    public required IReadOnlyList<ModelRule> Models { get; init; }

    public required IReadOnlyList<RegistryGrant> Registry { get; init; }

    /// <summary>Everybody named in it who counts here.</summary>
    public required AllowedSigners Known { get; init; }

    /// <summary>SHA-256 of the file, lowercase hex.</summary>
    public required string Digest { get; init; }

    /// <summary>Reads a policy and its signature, and verifies before it parses.</summary>
    /// <param name="path">The policy; its signature lies beside it, with <see cref="SignatureSuffix"/>.</param>
    /// <param name="rootKeyPath">The public key of the root, from elsewhere.</param>
    /// <param name="isDevelopment">Whether this workload's namespace is dev: only then development keys count.</param>
    /// <param name="time">Says what time it is; the system's by default.</param>
    public static Result<ModelPolicy> Load(string path, string rootKeyPath, bool isDevelopment, TimeProvider? time = null)
    {
        var root = SignerKey.Load(rootKeyPath);
        if (!root.IsSuccess)
        {
            return root.Refusal;
        }

        var content = PolicyFile.Read(path);
        if (!content.IsSuccess)
        {
            return content.Refusal;
        }

        var signature = PolicyFile.ReadSignature(path);
        return signature.IsSuccess
            ? Open(content.Value, signature.Value, path, root.Value, $"the root key {rootKeyPath}", isDevelopment, time)
            : signature.Refusal;
    }

    /// <summary>As <see cref="Load"/>, of bytes that are at hand.</summary>
    public static Result<ModelPolicy> Open(
        ReadOnlyMemory<byte> content, ReadOnlyMemory<byte> signature, string source, SignerKey root, string rootName, bool isDevelopment, TimeProvider? time = null)
    {
        var opened = DsseEnvelope.Open(signature, Document, AllowedSigners.Only(root));
        if (!opened.IsSuccess)
        {
            return new Refusal(RefusalCodes.PolicyInvalid, $"{source} is not signed by {rootName}: {opened.Refusal.Message}");
        }

        if (!opened.Value.Payload.Span.SequenceEqual(content.Span))
        {
            return new Refusal(RefusalCodes.PolicyInvalid, $"{source} was changed after {rootName} signed it. {Document.Remedy}");
        }

        var policy = PolicyReader.Read(content, source, isDevelopment, time);
        return policy.IsSuccess && RequireInForce(policy.Value.ExpiresAt, (time ?? TimeProvider.System).GetUtcNow()) is { } ended ? ended : policy;
    }

    /// <summary>Reads a policy that nobody has signed yet: whether it can be signed.</summary>
    public static Result<ModelPolicy> Check(ReadOnlyMemory<byte> content, string source) => PolicyReader.Read(content, source, isDevelopment: true);

    /// <summary>The envelope for a policy; one that can't be read is not signed.</summary>
    public static Result<byte[]> Sign(ReadOnlyMemory<byte> content, string source, SigningKey root) =>
        Check(content, source).Refusal is { } refusal ? refusal : DsseEnvelope.Sign(root, PayloadType, content.Span);

    /// <summary>The rule with this very name, else the one for all, else null: nothing may be served.</summary>
    public ModelRule? For(string modelName) =>
        Models.FirstOrDefault(rule => rule.Name == modelName) ?? Models.FirstOrDefault(rule => rule.Name == AnyModel);

    /// <summary><see cref="ModelRule.Decide"/> by the rule for this model.</summary>
    public Refusal? Decide(VersionEvidence evidence, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        return For(evidence.Name) is { } rule ? rule.Decide(evidence, now) : NotNamed(evidence.Name);
    }

    /// <summary>Whether an identity may do this at the registry.</summary>
    /// <param name="spiffeId">The caller, authenticated.</param>
    /// <param name="action">Of <see cref="RegistryAction"/>.</param>
    /// <param name="modelName">The model.</param>
    public bool Allows(string spiffeId, string action, string modelName) => Registry.Any(grant => grant.Allows(spiffeId, action, modelName));

    internal static Refusal NotNamed(string modelName) => new(
        RefusalCodes.ModelNotInPolicy,
        $"The policy has no rule for '{modelName}' and none for '{AnyModel}', so it may not be served. Add a rule to the policy if it should be.");

    internal static Refusal? RequireInForce(DateTimeOffset? expiresAt, DateTimeOffset now) => now >= expiresAt
        ? new Refusal(RefusalCodes.PolicyExpired, $"The policy ended at {ModelRule.Say(expiresAt.Value)}. Have the root sign the next version of it.")
        : null;

    internal static string DigestOf(ReadOnlyMemory<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content.Span));
}
