using System.Buffers;

namespace Zakenak.Gateway.Screening.Redaction;

/// <summary>Redacts a text that comes in pieces.</summary>
internal interface ITextRedactor : IDisposable
{
    /// <summary>Takes the next piece, and writes what is decided.</summary>
    /// <param name="text">The piece.</param>
    /// <param name="isEnd">Whether it is the last one: then nothing waits any more.</param>
    /// <param name="output">Where to write.</param>
    void Append(ReadOnlySpan<char> text, bool isEnd, IBufferWriter<char> output);
}
