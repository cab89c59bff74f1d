namespace Zakenak.ModelTrust.Signing;

/// <summary>One file of a signed model.</summary>
/// <param name="Name">Path from the model's root, with <c>/</c>.</param>
/// <param name="Digest">SHA-256 of the file, lowercase hex.</param>
public sealed record ModelResource(string Name, string Digest);
