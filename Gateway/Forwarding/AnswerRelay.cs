using System.Buffers;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Resilience;
using Zakenak.Gateway.Routing;
using Zakenak.Gateway.Screening;
using Zakenak.Gateway.Screening.Answers;
using Zakenak.Gateway.Screening.Redaction;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Forwarding;

/// <summary>Carries an answer of one piece: a completion, embeddings, or the model server's own refusal. Read whole before the first byte goes out, so that half an answer becomes a clear 502.</summary>
internal sealed class AnswerRelay(IOptions<ForwardingOptions> options, LiveOptions<ResilienceOptions> resilience, Redactions redactions)
{
    /// <summary>Sends the answer, or returns why it can't be sent.</summary>
    /// <param name="expectedStream">The client asked for a stream, so a completion in one piece is no answer to it.</param>
    public async Task<Refusal?> RelayAsync(HttpContext context, InferenceRequest request, HttpResponseMessage source, bool expectedStream)
    {
        var status = (int)source.StatusCode;
        if (expectedStream || status is not (200 or (>= 400 and < 600)))
            return BackendFaults.Garbage;
        var refused = status >= 400;
        var deadline = request.Deadline!;
        deadline.Allow(resilience.Current.FirstByteTimeout);
        try
        {
            await using var stream = await source.Content.ReadAsStreamAsync(deadline.Token);
            if (await BoundedBody.ReadAsync(stream, source.Content.Headers.ContentLength, options.Value.MaxAnswerBytes, deadline.Token)
                is not var (buffer, length))
                return BackendFaults.Garbage;
            try
            {
                return await SendAsync(context, request, source, buffer.AsMemory(0, length), refused);
            }
            finally
            {
                buffer.AsSpan(0, length).Clear();
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
        catch (RegexMatchTimeoutException)
        {
            return RedactionFaults.TimedOut;
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            return deadline.Reason;
        }
        catch (Exception e) when (e is IOException or HttpRequestException && !context.Response.HasStarted)
        {
            return BackendFaults.Of(e);
        }
    }

    private async Task<Refusal?> SendAsync(HttpContext context, InferenceRequest request, HttpResponseMessage source, ReadOnlyMemory<byte> body, bool refused)
    {
        if (!AnswerScreen.IsWhole(body.Span, request.Api!, refused))
        {
            // A problem document means that the gateway itself was refused; the client has no part in that.
            return refused && source.Content.Headers.ContentType?.MediaType == "application/problem+json"
                ? BackendFaults.Refused
                : BackendFaults.Garbage;
        }

        if (refused)
        {
            request.Code = "backend_error";
        }
        else
        {
            request.TakeUsage(UsageTail.Read(body.Span));
            if (Redact(request, body) is not { } redacted)
                return BackendFaults.Garbage;
            body = redacted;
        }

        request.Received(body.Span);
        var response = context.Response;
        response.StatusCode = (int)source.StatusCode;
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        response.Headers.CacheControl = "no-store";
        if (source.Headers.RetryAfter?.Delta is { } after)
            response.Headers.RetryAfter = ((int)after.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        await PatientWriter.WriteAsync(context, request, body);
        return null;
    }

    /// <summary>The answer without what may not be told; null where it makes no sense after all.</summary>
    private ReadOnlyMemory<byte>? Redact(InferenceRequest request, ReadOnlyMemory<byte> body)
    {
        if (request.Api!.Operation != ApiRoute.Chat.Operation)
            return body;
        using var redactor = redactions.OfAnswer(request);
        if (redactor is null)
            return body;
        var redacted = new ArrayBufferWriter<byte>(body.Length);
        return redactor.TryRewriteWhole(body.Span, redacted) ? redacted.WrittenMemory : null;
    }
}
