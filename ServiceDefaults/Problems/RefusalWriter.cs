using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Zakenak.Contracts;

namespace Zakenak.ServiceDefaults;

/// <summary>The one mapper from refusals to bodies: OpenAI's shape where asked for, problem details elsewhere.</summary>
public static class RefusalWriter
{
    public const string ProblemContentType = "application/problem+json";

    /// <summary>Under <c>/v1</c> this service's clients are OpenAI clients: errors there take their shape.</summary>
    public static IServiceCollection AddOpenAiErrors(this IServiceCollection services) =>
        services.Configure<ErrorShapeOptions>(o => o.OpenAiUnderV1 = true);

    /// <summary>Answers with the refusal; does nothing when the answer has begun already.</summary>
    public static async Task RefuseAsync(this HttpContext context, Refusal refusal)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(refusal);
        if (context.Response.HasStarted)
        {
            return;
        }

        context.Response.StatusCode = refusal.Status;
        context.Response.Headers.CacheControl = "no-store";
        if (refusal.RetryAfterSeconds is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        var shape = context.RequestServices.GetRequiredService<IOptions<ErrorShapeOptions>>().Value;
        if (shape.OpenAiUnderV1 && context.Request.Path.StartsWithSegments("/v1", StringComparison.Ordinal))
        {
            await context.Response.WriteAsJsonAsync(refusal.ToOpenAi(), context.RequestAborted).ConfigureAwait(false);
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

    /// <summary>The refusal in OpenAI's shape; for a stream, whose status is long sent, it is an event.</summary>
    public static OpenAiErrorBody ToOpenAi(this Refusal refusal)
    {
        ArgumentNullException.ThrowIfNull(refusal);
        return new OpenAiErrorBody(new OpenAiError(refusal.Message, TypeOf(refusal.Status), refusal.Param, refusal.Code));
    }

    private static string TypeOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "authentication_error",
        StatusCodes.Status403Forbidden => "permission_error",
        StatusCodes.Status404NotFound => "not_found_error",
        StatusCodes.Status429TooManyRequests => "rate_limit_error",
        >= 500 => "server_error",
        _ => "invalid_request_error",
    };
}
