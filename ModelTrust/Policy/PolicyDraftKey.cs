using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelTrust.Policy;

/// <summary>A key in a <see cref="PolicyDraft"/>.</summary>
/// <param name="Name">How the rules call it.</param>
/// <param name="Key">Its public half.</param>
/// <param name="Development">Whether it counts in the namespace dev only.</param>
public sealed record PolicyDraftKey(string Name, SignerKey Key, bool Development);
