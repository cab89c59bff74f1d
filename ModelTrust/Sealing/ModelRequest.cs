using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelTrust.Sealing;

/// <summary>Which model to load, and whose word counts for it.</summary>
public sealed record ModelRequest
{
    /// <summary>Folder with one .gguf and its <c>model.sig</c>.</summary>
    public required string Directory { get; init; }

    public required string Name { get; init; }

    public required string Version { get; init; }

    public required AllowedSigners Signers { get; init; }

    /// <summary>Says no, by policy, before a file is read; gets what the signature proved. Null decides nothing.</summary>
    public Func<SignedModel, Refusal?>? Decide { get; init; }
}
