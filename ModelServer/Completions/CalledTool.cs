using System.Buffers;

namespace Zakenak.ModelServer.Completions;

/// <summary>A call that the model makes, as far as it has come.</summary>
/// <param name="Id">What the client's answer to it refers to.</param>
/// <param name="Name">The function.</param>
public sealed record CalledTool(string Id, string Name)
{
    /// <summary>JSON, valid UTF-8.</summary>
    public ArrayBufferWriter<byte> Arguments { get; } = new(64);
}
