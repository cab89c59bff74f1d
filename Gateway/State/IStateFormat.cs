namespace Zakenak.Gateway.State;

/// <summary>How a document is written.</summary>
internal interface IStateFormat<T>
    where T : class
{
    /// <summary>What it is before anything was written.</summary>
    T Empty { get; }

    /// <exception cref="InvalidDataException">It is no such document; the message says where.</exception>
    T Read(ReadOnlySpan<byte> content);

    byte[] Write(T value);
}
