using System.Net;
using Microsoft.Extensions.Logging;

namespace Zakenak.ServiceDefaults;

internal static partial class WorkloadTlsLog
{
    // The certificate's own texts are not logged: an unauthenticated peer chose them.
    [LoggerMessage(100, LogLevel.Warning, "Refused a connection from {Peer} in the TLS handshake: {Reason}")]
    public static partial void ConnectionRefused(ILogger logger, EndPoint? peer, string reason);
}
