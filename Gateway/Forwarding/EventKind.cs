namespace Zakenak.Gateway.Forwarding;

internal enum EventKind
{
    /// <summary>A chunk of the completion.</summary>
    Data,

    /// <summary>The extra chunk that holds nothing but usage.</summary>
    Usage,

    /// <summary><c>[DONE]</c>: the stream is complete.</summary>
    Done,

    /// <summary>An error of the model server; the stream ends with it.</summary>
    Error,

    /// <summary>A comment, or an empty line too many.</summary>
    Comment,

    /// <summary>A field that OpenAI's streams do not use, passed on.</summary>
    Other,

    /// <summary>Nothing that belongs into a stream of a chat.</summary>
    Garbage,
}
