using System.Buffers;
using Zakenak.Gateway.Routing;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Screening.Redaction;

/// <summary>Puts a redacted body in the place of the one that came.</summary>
internal static class RedactedBody
{
    /// <summary>The fields of the body that is in the buffer then, or why it is refused.</summary>
    public static (RequestFields? Fields, Refusal? Refusal) Read(
        RequestRedactor redactor, ref byte[] buffer, ref int length, RequestFields fields, ApiRoute route, int maxDepth)
    {
        byte[]? redacted;
        try
        {
            redacted = redactor.Redact(buffer.AsSpan(0, length), maxDepth);
        }
        catch (InvalidOperationException)
        {
            return (null, new Refusal(StatusCodes.Status400BadRequest, "invalid_json", "A string in the body is not valid Unicode.",
                FaultyParameter.Find(buffer.AsSpan(0, length), maxDepth)));
        }
        catch (System.Text.RegularExpressions.RegexMatchTimeoutException)
        {
            return (null, RedactionFaults.TimedOut);
        }

        if (redacted is null)
            return (fields, null);
        RequestBodies.Return(buffer, length);
        (buffer, length) = (ArrayPool<byte>.Shared.Rent(redacted.Length), redacted.Length);
        redacted.CopyTo(buffer, 0);
        redacted.AsSpan().Clear();

        // Where things lie is another place now.
        return RequestScreen.Read(buffer.AsSpan(0, length), route, maxDepth);
    }
}
