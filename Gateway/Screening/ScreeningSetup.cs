using System.Net.Mime;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Routing;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Screening;

internal static class ScreeningSetup
{
    private const long MaxDrainedBytes = 64 * 1024 * 1024;

    private static readonly Refusal _wrongType = new(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type",
        "The body must be application/json in UTF-8, without a content encoding.");

    private static readonly Refusal _tooSlow = new(StatusCodes.Status408RequestTimeout, "body_timeout",
        "The body did not arrive in time.");

    private static readonly Refusal _unreadable = new(StatusCodes.Status400BadRequest, "invalid_body",
        "The body could not be read.");

    public static void AddScreening(this WebApplicationBuilder builder) =>
        builder.Services.AddValidatedOptions<ScreeningOptions>(ScreeningOptions.Section);

    /// <summary>Reads the body within its bounds and lets only what looks like a request of this kind pass.</summary>
    public static void UseScreening(this IApplicationBuilder app, ApiRoute route)
    {
        var options = app.ApplicationServices.GetRequiredService<IOptions<ScreeningOptions>>().Value;
        var tooLarge = new Refusal(StatusCodes.Status413PayloadTooLarge, "request_too_large",
            $"The body is larger than {options.MaxBodyBytes} bytes.");
        app.Use(next => async context =>
        {
            var refusal = await ReadAsync(context, route, options, tooLarge);
            await (refusal is null ? next(context) : context.RefuseAsync(refusal));
        });
    }

    private static async ValueTask<Refusal?> ReadAsync(HttpContext context, ApiRoute route, ScreeningOptions options, Refusal tooLarge)
    {
        var request = context.Request;
        if (!IsJson(request))
            return _wrongType;
        if (request.ContentLength > options.MaxBodyBytes)
        {
            LetItDrain(context, request.ContentLength.Value);
            return tooLarge;
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        deadline.CancelAfter(options.BodyTimeout);
        try
        {
            if (await BoundedBody.ReadAsync(request.Body, request.ContentLength, options.MaxBodyBytes, deadline.Token) is not var (buffer, length))
                return tooLarge;
            var (fields, refusal) = RequestScreen.Read(buffer.AsSpan(0, length), route, options.MaxDepth);
            var body = new ScreenedBody(buffer, length, fields!);
            if (refusal is null)
                context.Inference().Body = body;
            else
                body.Dispose();
            return refusal;
        }
        catch (BadHttpRequestException e)
        {
            // Kestrel's own bounds: its body limit, its minimum data rate, chunks that are none.
            return e.StatusCode switch
            {
                StatusCodes.Status413PayloadTooLarge => tooLarge,
                StatusCodes.Status408RequestTimeout => _tooSlow,
                _ => _unreadable,
            };
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            return _tooSlow;
        }
    }

    /// <summary>
    /// A client that still sends its body when the connection is closed sees a broken pipe and never the answer. Kestrel reads what
    /// is left of a body for up to 5 s after the answer, but not past its own limit: lift that to what was announced, within reason.
    /// </summary>
    private static void LetItDrain(HttpContext context, long announced)
    {
        if (announced <= MaxDrainedBytes && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = announced;
    }

    private static bool IsJson(HttpRequest request) =>
        request.Headers.ContentEncoding.Count == 0
        && MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && type.MediaType.Equals(MediaTypeNames.Application.Json, StringComparison.OrdinalIgnoreCase)
        && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)
            || type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase));
}
