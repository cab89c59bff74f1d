using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Zakenak.ServiceDefaults;

/// <summary>Answers for what no endpoint answered: unhandled exceptions, bad requests, unknown paths. Details go to the log, not to the caller.</summary>
internal static partial class ErrorAnswers
{
    public static void UseErrorAnswers(this IApplicationBuilder app)
    {
        var logger = app.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ErrorAnswers).FullName!);
        app.Use(async (context, next) =>
        {
            try
            {
                await next(context).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
            {
                // The client went away; 499 is nginx's word for it and only reaches the telemetry.
                context.Response.StatusCode = context.Response.HasStarted ? context.Response.StatusCode : StatusCodes.Status499ClientClosedRequest;
                return;
            }
            catch (BadHttpRequestException e)
            {
                RequestRefused(logger, e.StatusCode, e.Message);
                if (context.Response.HasStarted)
                {
                    throw;
                }

                await context.RefuseAsync(ForStatus(e.StatusCode)).ConfigureAwait(false);
                return;
            }
#pragma warning disable CA1031 // The last handler: whatever it is, it is logged here and answered without details.
            catch (Exception e) when (!context.Response.HasStarted)
#pragma warning restore CA1031
            {
                RequestFailed(logger, e, context.Request.Method, context.GetEndpoint()?.DisplayName);
                context.Response.Clear();
                context.Response.Headers[Contracts.HeaderNames.RequestId] = context.GetRequestId();
                await context.RefuseAsync(ForStatus(StatusCodes.Status500InternalServerError)).ConfigureAwait(false);
                return;
            }

            if (context.Response is { StatusCode: >= 400, HasStarted: false, ContentLength: null, ContentType: null })
            {
                await context.RefuseAsync(ForStatus(context.Response.StatusCode)).ConfigureAwait(false);
            }
        });
    }

    private static Refusal ForStatus(int status) => status switch
    {
        StatusCodes.Status400BadRequest => new(status, "bad_request", "The request is malformed."),
        StatusCodes.Status404NotFound => new(status, "not_found", "There is nothing at this address."),
        StatusCodes.Status405MethodNotAllowed => new(status, "method_not_allowed", "This address does not take this method."),
        StatusCodes.Status408RequestTimeout => new(status, "request_timeout", "The request took too long to arrive."),
        StatusCodes.Status413PayloadTooLarge => new(status, "body_too_large", "The request's body is too large."),
        StatusCodes.Status415UnsupportedMediaType => new(status, "unsupported_media_type", "This address does not take this content type."),
        StatusCodes.Status503ServiceUnavailable => new(status, "unavailable", "The service cannot serve this now."),
        >= 500 => new(status, "internal_error", "The service failed; the request id names the log line that says why."),
        _ => new(status, "request_refused", "The request was refused."),
    };

    // Kestrel's own sentences ("Request body too large ..."); they quote limits, not content.
    [LoggerMessage(120, LogLevel.Information, "Refused a request with {Status}: {Reason}")]
    private static partial void RequestRefused(ILogger logger, int status, string reason);

    [LoggerMessage(121, LogLevel.Error, "Failed to answer {Method} {Endpoint}")]
    private static partial void RequestFailed(ILogger logger, Exception exception, string method, string? endpoint);
}
