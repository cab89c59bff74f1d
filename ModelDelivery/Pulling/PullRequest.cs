using Zakenak.Contracts;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelDelivery.Pulling;

/// <summary>Which version to pull, where to, and by whose word.</summary>
public sealed record PullRequest
{
    public required string Name { get; init; }

    /// <summary><c>v1</c>, <c>v2</c>, …</summary>
    public required string Version { get; init; }

    /// <summary>The folder to write; made where it does not exist.</summary>
    public required string Destination { get; init; }

    /// <summary>Whose signature over the files counts.</summary>
    public required AllowedSigners Signers { get; init; }

    /// <summary>The model digest that it must be, <c>sha256:HEX</c>; null takes what is signed under the name.</summary>
    public string? PinnedDigest { get; init; }

    /// <summary>Says no, by policy, before a blob is asked for; gets the document and what its signature proved.</summary>
    public Func<VersionDocument, SignedModel, Refusal?>? Decide { get; init; }

    public TransferOptions Transfer { get; init; } = TransferOptions.Default;
}
