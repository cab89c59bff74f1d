using Zakenak.ModelTrust.Gguf;

namespace Zakenak.ModelTrust.Importing;

/// <summary>What an import put into the store.</summary>
public sealed record ImportedModel(string Name, string Version, string Directory, string ModelDigest, string FileDigest, string SignerKeyId, long Length, GgufHeader Header);
