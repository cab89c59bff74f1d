namespace Zakenak.Gateway.Forwarding;

/// <summary>Tells the one failure after which asking another replica is safe: nothing was ever sent.</summary>
internal static class ConnectionFault
{
    public static bool Is(Exception? exception) => exception is HttpRequestException
    {
        HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError,
    }

    // What the handler makes of its own ConnectTimeout.
    or OperationCanceledException { InnerException: TimeoutException };
}
