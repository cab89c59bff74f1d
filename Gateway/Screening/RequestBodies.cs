using System.Buffers;
using System.Net.Mime;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Screening;

/// <summary>Reads the bodies of requests within their bounds: kind, size, time.</summary>
internal sealed class RequestBodies(LiveOptions<ScreeningOptions> options)
{
    private const long MaxDrainedBytes = 64 * 1024 * 1024;

    private static readonly Refusal _wrongType = new(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type",
        "The body must be application/json in UTF-8, without a content encoding.");

    private static readonly Refusal _tooSlow = new(StatusCodes.Status408RequestTimeout, "body_timeout",
        "The body did not arrive in time.");

    private static readonly Refusal _unreadable = new(StatusCodes.Status400BadRequest, "invalid_body",
        "The body could not be read.");

    /// <summary>The pooled buffer and how much of it is filled, or why there is none.</summary>
    public ValueTask<((byte[] Buffer, int Length)? Body, Refusal? Refusal)> ReadAsync(HttpContext context)
    {
        var request = context.Request;
        if (!IsJson(request))
            return new((null, _wrongType));
        var now = options.Current;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } kestrel && kestrel.MaxRequestBodySize < now.MaxBodyBytes)
            kestrel.MaxRequestBodySize = now.MaxBodyBytes + 1L; // It was set at start.
        if (request.ContentLength > now.MaxBodyBytes)
        {
            LetItDrain(context, request.ContentLength.Value);
            return new((null, TooLarge(now)));
        }

        try
        {
            if (TakeWhole(request) is { } whole)
                return new((whole, null));
        }
        catch (BadHttpRequestException e)
        {
            return new((null, RefusalOf(e, now)));
        }

        return ReadAsItComesAsync(context, now);
    }

    /// <summary>Gives the memory back, cleared: it held a prompt.</summary>
    public static void Return(byte[] buffer, int length)
    {
        buffer.AsSpan(0, length).Clear();
        ArrayPool<byte>.Shared.Return(buffer);
    }

    private static async ValueTask<((byte[] Buffer, int Length)? Body, Refusal? Refusal)> ReadAsItComesAsync(HttpContext context, ScreeningOptions now)
    {
        var request = context.Request;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        deadline.CancelAfter(now.BodyTimeout);
        try
        {
            var body = await BoundedBody.ReadAsync(request.Body, request.ContentLength, now.MaxBodyBytes, deadline.Token);
            return (body, body is null ? TooLarge(now) : null);
        }
        catch (BadHttpRequestException e)
        {
            return (null, RefusalOf(e, now));
        }
        catch (IOException) when (!context.RequestAborted.IsCancellationRequested)
        {
            // A chunk's size beyond all numbers.
            return (null, _unreadable);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            return (null, _tooSlow);
        }
    }

    private static Refusal TooLarge(ScreeningOptions options) => new(StatusCodes.Status413PayloadTooLarge, "request_too_large",
        $"The body is larger than {options.MaxBodyBytes} bytes.");

    /// <summary>A body that came with its headers, as most do, needs no stream, no deadline and no wait.</summary>
    private static (byte[] Buffer, int Length)? TakeWhole(HttpRequest request)
    {
        if (request.ContentLength is not (> 0 and var announced) || !request.BodyReader.TryRead(out var result))
            return null;
        var length = (int)announced;
        if (result.Buffer.Length < length)
        {
            request.BodyReader.AdvanceTo(result.Buffer.Start);
            return null;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(length);
        result.Buffer.CopyTo(buffer);
        request.BodyReader.AdvanceTo(result.Buffer.End);
        return (buffer, length);
    }

    /// <summary>Kestrel's own bounds: its body limit, its minimum data rate, chunks that are none.</summary>
    private static Refusal RefusalOf(BadHttpRequestException e, ScreeningOptions options) => e.StatusCode switch
    {
        StatusCodes.Status413PayloadTooLarge => TooLarge(options),
        StatusCodes.Status408RequestTimeout => _tooSlow,
        _ => _unreadable,
    };

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
        && (request.ContentType == MediaTypeNames.Application.Json || IsJsonInOtherWords(request));

    private static bool IsJsonInOtherWords(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && type.MediaType.Equals(MediaTypeNames.Application.Json, StringComparison.OrdinalIgnoreCase)
        && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)
            || type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase));
}
