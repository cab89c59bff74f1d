using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Zakenak.Contracts;

namespace Zakenak.ServiceDefaults;

/// <summary>The one mapper from refusals to bodies: OpenAI's shape where asked for, problem details elsewhere.</summary>
public static partial class RefusalWriter
{
    public const string ProblemContentType = "application/problem+json";

    /// <summary>Under these first segments, <c>/v1</c> if none is named, this service's clients are OpenAI clients: errors there take their shape.</summary>
    public static IServiceCollection AddOpenAiErrors(this IServiceCollection services, params IReadOnlyList<string> under) =>
        services.Configure<ErrorShapeOptions>(o => o.OpenAiUnder = under is { Count: > 0 } ? under : ["/v1"]);

    /// <summary>Answers with the refusal; does nothing when the answer has begun already.</summary>
    public static async Task RefuseAsync(this HttpContext context, Refusal refusal)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(refusal);
        if (context.Response.HasStarted)
        {
            return;
        }

        context.Features.Set(refusal); // for the log line and the metrics of whoever wraps this request
        context.Response.StatusCode = refusal.Status;
        context.Response.Headers.CacheControl = "no-store";
        if (refusal.Status == StatusCodes.Status401Unauthorized && context.Response.Headers.WWWAuthenticate.Count == 0)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer"; // RFC 9110, section 15.5.2: a 401 carries a challenge
        }

        if (refusal.RetryAfterSeconds is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        var shape = context.RequestServices.GetRequiredService<IOptions<ErrorShapeOptions>>().Value;
        if (shape.OpenAiUnder.Any(prefix => context.Request.Path.StartsWithSegments(prefix, StringComparison.Ordinal)))
        {
            await context.Response.WriteAsJsonAsync(refusal.ToOpenAi(), RefusalJson.Default.OpenAiErrorBody, "application/json", context.RequestAborted).ConfigureAwait(false);
            return;
        }

        var problem = new ProblemDetails
        {
            Status = refusal.Status,
            Title = refusal.Message,
            Extensions = { ["code"] = refusal.Code, ["request_id"] = context.GetRequestId() },
        };
        await context.Response.WriteAsJsonAsync(problem, options: null, ProblemContentType, context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>The refusal as one server-sent event, for a stream whose status is long sent. The last of its stream: no <c>[DONE]</c> may follow.</summary>
    public static byte[] ToEvent(this Refusal refusal) =>
        [.. "data: "u8, .. JsonSerializer.SerializeToUtf8Bytes(refusal.ToOpenAi(), RefusalJson.Default.OpenAiErrorBody), .. "\n\n"u8];

    private static OpenAiErrorBody ToOpenAi(this Refusal refusal)
    {
        ArgumentNullException.ThrowIfNull(refusal);
        return new OpenAiErrorBody(new OpenAiError(refusal.Message, refusal.Type ?? TypeOf(refusal.Status), refusal.Param, refusal.Code));
    }

    // What OpenAI's own service answers (seen by many clients' tests): 401, 403 and 404 are invalid requests too.
    private static string TypeOf(int status) => status switch
    {
        StatusCodes.Status429TooManyRequests => "requests",
        >= 500 => "server_error",
        _ => "invalid_request_error",
    };

    [JsonSerializable(typeof(OpenAiErrorBody))]
    private sealed partial class RefusalJson : JsonSerializerContext;
}
