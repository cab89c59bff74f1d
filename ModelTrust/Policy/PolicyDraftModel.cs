namespace Zakenak.ModelTrust.Policy;

/// <summary>A rule in a <see cref="PolicyDraft"/>.</summary>
/// <param name="Name">A model's name, or <c>*</c>.</param>
/// <param name="Signers">Names of keys.</param>
/// <param name="Approvers">Names of keys; they sign the attestations too.</param>
/// <param name="Attestations">Types of attestations that a version must have.</param>
public sealed record PolicyDraftModel(string Name, IReadOnlyList<string> Signers, IReadOnlyList<string> Approvers, IReadOnlyList<string> Attestations);
