namespace Zakenak.Audit;

/// <summary>A file as its appender sees it; tests put one in its place that fills up or fails.</summary>
public interface IDurableFile : IDisposable
{
    /// <summary>Bytes in the file.</summary>
    long Length { get; }

    /// <summary>Appends; after an exception any part may have been written.</summary>
    void Append(ReadOnlySpan<byte> bytes);

    /// <summary>Returns when what was appended survives a loss of power.</summary>
    void Flush();

    /// <summary>Cuts what is after <paramref name="length"/>.</summary>
    void Cut(long length);
}
