namespace Zakenak.Gateway.Protocols;

/// <summary>How the parts of a stream are told apart.</summary>
internal enum EventFraming
{
    /// <summary>WHATWG HTML, section 9.2.</summary>
    ServerSentEvents,

    /// <summary>One JSON document a line.</summary>
    Lines,
}
