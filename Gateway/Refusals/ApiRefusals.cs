using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Refusals;

/// <summary>Refusals that more than one folder gives. Codes label a metric, so they are never made of what a client sent.</summary>
internal static class ApiRefusals
{
    /// <summary>The same answer for a missing, malformed, unknown, wrong and expired key, so that none tells which it was.</summary>
    public static readonly Refusal InvalidKey = new(StatusCodes.Status401Unauthorized, "invalid_api_key",
        "No valid API key was given. Send one as 'Authorization: Bearer zk-...'.");

    /// <summary>The same for everything that can be wrong with a token, but for its end: whoever bears it must know to get another one.</summary>
    public static readonly Refusal InvalidToken = new(StatusCodes.Status401Unauthorized, "invalid_token",
        "The token was not accepted.");

    public static readonly Refusal TokenExpired = new(StatusCodes.Status401Unauthorized, "token_expired",
        "The token is expired. Get a new one.");

    public static readonly Refusal IdentityUnavailable = new(StatusCodes.Status503ServiceUnavailable, "identity_unavailable",
        "Who sends this can't be found out now. Try again shortly.", RetryAfterSeconds: 5);

    public static Refusal ModelNotFound(string model) => new(StatusCodes.Status404NotFound, "model_not_found",
        $"The model '{model}' does not exist or this key may not use it.", "model");

    public static Refusal ModelUnavailable(TimeSpan retryAfter) => new(StatusCodes.Status503ServiceUnavailable, "model_unavailable",
        "No model server is ready to answer for this model.", RetryAfterSeconds: Seconds(retryAfter));

    public static Refusal RateLimited(string message, TimeSpan retryAfter) => new(StatusCodes.Status429TooManyRequests, "rate_limit_exceeded",
        message, RetryAfterSeconds: Seconds(retryAfter));

    /// <param name="message">A sentence for people.</param>
    /// <param name="retryAfter">Null where the request can never be admitted.</param>
    public static Refusal TokenLimited(string message, TimeSpan? retryAfter) => new(StatusCodes.Status429TooManyRequests, "rate_limit_exceeded",
        message, RetryAfterSeconds: retryAfter is { } after ? Seconds(after) : null, Type: "tokens");

    /// <summary>At least 1: a client that comes back at once would be refused again.</summary>
    private static int Seconds(TimeSpan after) => Math.Max(1, (int)Math.Ceiling(after.TotalSeconds));
}
