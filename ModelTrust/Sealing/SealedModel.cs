using Microsoft.Win32.SafeHandles;
using Zakenak.ModelTrust.Gguf;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelTrust.Sealing;

/// <summary>A verified model whose bytes lie in sealed memory. Keep it until the engine has let go of the file; disposing frees the memory.</summary>
public sealed class SealedModel : IDisposable
{
    private readonly SafeFileHandle _memory;

    internal SealedModel(SafeFileHandle memory) => _memory = memory;

    /// <summary><c>/proc/self/fd/N</c>: can be opened by this process only, for as long as this object lives.</summary>
    public string Path => SealedMemory.PathOf(_memory);

    public required long Length { get; init; }

    public required string Name { get; init; }

    public required string Version { get; init; }

    /// <summary>Root digest of the signed statement, <c>sha256:HEX</c>.</summary>
    public required string ModelDigest { get; init; }

    /// <summary>Digest of the GGUF file, <c>sha256:HEX</c>.</summary>
    public required string FileDigest { get; init; }

    public required Signer Signer { get; init; }

    /// <summary>The header, read from the sealed bytes.</summary>
    public required GgufHeader Header { get; init; }

    public void Dispose() => _memory.Dispose();
}
