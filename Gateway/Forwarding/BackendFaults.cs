using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Forwarding;

/// <summary>What can go wrong between the gateway and a model server, as the client is told.</summary>
internal static class BackendFaults
{
    public static readonly Refusal Lost = new(StatusCodes.Status502BadGateway, "backend_lost",
        "The model server went away before its answer was complete.");

    public static readonly Refusal Garbage = new(StatusCodes.Status502BadGateway, "backend_invalid_response",
        "The model server's answer made no sense.");

    public static readonly Refusal Refused = new(StatusCodes.Status502BadGateway, "backend_refused",
        "The model server refused the gateway's request.");

    public static readonly Refusal Overdue = new(StatusCodes.Status504GatewayTimeout, "request_timeout",
        "The request took longer than any may.");

    public static readonly Refusal Stopping = new(StatusCodes.Status503ServiceUnavailable, "server_stopping",
        "The gateway stops, and can't wait for this answer any longer.", RetryAfterSeconds: 1);

    public static readonly Refusal Silent = new(StatusCodes.Status504GatewayTimeout, "backend_timeout",
        "The model server said nothing for too long.");

    /// <summary>What an exception of the connection means. Garbage is a fault of another kind than death: it is still there.</summary>
    public static Refusal Of(Exception e) => e switch
    {
        OperationCanceledException => Silent,
        HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded } => Garbage,
        HttpIOException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded } => Garbage,
        _ => Lost,
    };
}
