using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Completions;

/// <summary>Reads a JSON body of bounded size.</summary>
public static class RequestBody
{
    /// <summary>The bytes, or why they are refused.</summary>
    public static async Task<(ReadOnlyMemory<byte> Body, Refusal? Refusal)> ReadAsync(HttpRequest request, int maxBytes)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!request.HasJsonContentType())
        {
            return (default, new Refusal(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", "The content type must be application/json."));
        }

        if (request.ContentLength > maxBytes)
        {
            return (default, TooLarge(maxBytes));
        }

        using var body = new MemoryStream((int)(request.ContentLength ?? 0));
        var buffer = new byte[8192];
        try
        {
            while (await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted).ConfigureAwait(false) is > 0 and var read)
            {
                if (body.Length + read > maxBytes)
                {
                    return (default, TooLarge(maxBytes));
                }

                body.Write(buffer, 0, read);
            }

            return (body.GetBuffer().AsMemory(0, (int)body.Length), null);
        }
        catch (IOException e)
        {
            // Kestrel's own bounds, such as its minimum data rate, a body shorter than announced, a connection that was reset.
            var status = (e as BadHttpRequestException)?.StatusCode ?? StatusCodes.Status400BadRequest;
            return status == StatusCodes.Status413PayloadTooLarge
                ? (default, TooLarge(maxBytes))
                : (default, new Refusal(status, "bad_request", "The body did not arrive whole."));
        }
    }

    private static Refusal TooLarge(int maxBytes) =>
        new(StatusCodes.Status413PayloadTooLarge, "request_too_large", $"The body is larger than {maxBytes} bytes.");
}
