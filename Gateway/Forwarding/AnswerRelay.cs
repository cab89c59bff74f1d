using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Resilience;
using Zakenak.Gateway.Screening;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Forwarding;

/// <summary>Carries an answer of one piece: a completion, embeddings, or the model server's own refusal. Read whole before the first byte goes out, so that half an answer becomes a clear 502.</summary>
internal sealed class AnswerRelay(IOptions<ForwardingOptions> options, LiveOptions<ResilienceOptions> resilience)
{
    /// <summary>Sends the answer, or returns why it can't be sent.</summary>
    /// <param name="expectedStream">The client asked for a stream, so a completion in one piece is no answer to it.</param>
    public async Task<Refusal?> RelayAsync(HttpContext context, HttpResponseMessage source, bool expectedStream)
    {
        var status = (int)source.StatusCode;
        if (expectedStream || status is not (200 or (>= 400 and < 600)))
            return BackendFaults.Garbage;
        var refused = status >= 400;
        var deadline = context.Inference().Deadline!;
        deadline.Allow(resilience.Current.FirstByteTimeout);
        try
        {
            await using var stream = await source.Content.ReadAsStreamAsync(deadline.Token);
            if (await BoundedBody.ReadAsync(stream, source.Content.Headers.ContentLength, options.Value.MaxAnswerBytes, deadline.Token)
                is not var (buffer, length))
                return BackendFaults.Garbage;
            try
            {
                return await SendAsync(context, source, buffer.AsMemory(0, length), refused);
            }
            finally
            {
                buffer.AsSpan(0, length).Clear();
                ArrayPool<byte>.Shared.Return(buffer);
            }
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

    private static async Task<Refusal?> SendAsync(HttpContext context, HttpResponseMessage source, ReadOnlyMemory<byte> body, bool refused)
    {
        var request = context.Inference();
        if (!IsObjectWith(refused ? "error" : request.Api!.Answer, body.Span))
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
        }

        var response = context.Response;
        response.StatusCode = (int)source.StatusCode;
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        response.Headers.CacheControl = "no-store";
        if (source.Headers.RetryAfter?.Delta is { } after)
            response.Headers.RetryAfter = ((int)after.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        await response.Body.WriteAsync(body, context.RequestAborted);
        return null;
    }

    /// <summary>Whether this is one complete JSON object with this member. One pass, no document.</summary>
    private static bool IsObjectWith(string member, ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return false;
            var found = false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                found |= reader.ValueTextEquals(member);
                reader.Skip();
            }

            return found && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
