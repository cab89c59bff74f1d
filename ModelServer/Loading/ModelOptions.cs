using System.ComponentModel.DataAnnotations;
using Zakenak.ModelTrust.Policy;
using Zakenak.ModelTrust.Signing;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Loading;

/// <summary>Which model this process serves; section <c>Model</c>.</summary>
public sealed class ModelOptions
{
    public const string Section = "Model";

    /// <summary>The folder that a fetch fills: <c>model/</c> with the signed files, and what proves that they may be served.</summary>
    [Mount(MountKind.WritableFolder)]
    [Required]
    public string Directory { get; set; } = string.Empty;

    /// <summary>The name that the signed content must carry, e.g. <c>guide</c>.</summary>
    [Required, RegularExpression("[^:]+", ErrorMessage = "{0} must not contain a colon.")]
    public string Name { get; set; } = string.Empty;

    /// <summary>The version that the signed content must carry, e.g. <c>v1</c>.</summary>
    [Required, RegularExpression("[^:]+", ErrorMessage = "{0} must not contain a colon.")]
    public string Version { get; set; } = string.Empty;

    /// <summary>The one model digest that may be served, <c>sha256:HEX</c>; without it any that is signed under the name.</summary>
    [RegularExpression("sha256:[0-9a-f]{64}", ErrorMessage = "{0} must be sha256: and 64 hexadecimal digits in lower case.")]
    public string? Digest { get; set; }

    /// <summary><c>name:vN</c>.</summary>
    public string Id => $"{Name}:{Version}";

    /// <summary>What a verified signature proves of this version; its stage and attestations are still to be added.</summary>
    internal VersionEvidence EvidenceOf(SignedModel signed) => new()
    {
        Name = Name,
        Version = Version,
        ModelDigest = "sha256:" + signed.Statement.RootDigest,
        PinnedDigest = Digest,
        Signer = signed.Signer,
    };
}
