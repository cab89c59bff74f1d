namespace Zakenak.Gateway.Refusals;

/// <summary>An expected failure: what the client is told in OpenAI's error shape, with a stable code for programs.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Type">OpenAI's error class, e.g. <c>invalid_request_error</c>.</param>
/// <param name="Code">Stable and short; also the label of the refusal metric, so never made of what a client sent.</param>
/// <param name="Message">A sentence for people.</param>
/// <param name="Param">The request's parameter at fault.</param>
/// <param name="RetryAfter">When asking again may help.</param>
internal sealed record ApiRefusal(
    int Status, string Type, string Code, string Message, string? Param = null, TimeSpan? RetryAfter = null)
{
    private const string InvalidRequest = "invalid_request_error";
    private const string ServerError = "server_error";

    /// <summary>The request itself is at fault.</summary>
    public static ApiRefusal Invalid(int status, string code, string message, string? param = null) =>
        new(status, InvalidRequest, code, message, param);

    /// <summary>The model servers, or the way to them, are at fault.</summary>
    public static ApiRefusal Backend(int status, string code, string message, TimeSpan? retryAfter = null) =>
        new(status, ServerError, code, message, RetryAfter: retryAfter);

    /// <summary>The same answer for a missing, malformed, unknown, wrong and expired key, so that none tells which it was.</summary>
    public static readonly ApiRefusal InvalidKey = new(StatusCodes.Status401Unauthorized, InvalidRequest, "invalid_api_key",
        "No valid API key was given. Send one as 'Authorization: Bearer zk-...'.");

    public static ApiRefusal ModelNotFound(string model) => Invalid(StatusCodes.Status404NotFound, "model_not_found",
        $"The model '{model}' does not exist or this key may not use it.", "model");

    public static ApiRefusal ModelUnavailable(TimeSpan retryAfter) => Backend(StatusCodes.Status503ServiceUnavailable, "model_unavailable",
        "No model server is ready to answer for this model.", retryAfter);

    public static ApiRefusal RateLimited(string message, TimeSpan retryAfter) =>
        new(StatusCodes.Status429TooManyRequests, "requests", "rate_limit_exceeded", message, RetryAfter: retryAfter);
}
