using System.Buffers;
using Zakenak.ModelServer.Batching;
using Zakenak.ModelServer.Loading;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Completions;

/// <summary>Takes one sequence's tokens as they come and sends them as text, in one piece or as it is made.</summary>
public sealed class Answer(LoadedModel model, Sequence sequence, ChatRequest request, CompletionIdentity identity, RequestReport report, TimeProvider time)
{
    private static readonly Refusal s_failed = new(
        StatusCodes.Status503ServiceUnavailable, "engine_failed", "The model could not finish the answer; try again.", RetryAfterSeconds: 1);

    private readonly AnswerText _text = new(model.Vocabulary, request.Stops);
    private int _tokens;

    /// <summary>Answers; a refusal means that nothing was sent.</summary>
    public async Task<Refusal?> SendAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        await using var abort = context.RequestAborted.UnsafeRegister(_ => model.Engine.Cancel(sequence), null).ConfigureAwait(false);
        await using var cut = model.Withdrawal.Token.UnsafeRegister(_ => model.Engine.Cancel(sequence), null).ConfigureAwait(false);
        try
        {
            // Nothing is sent before the first token: until then a failure still has a status of its own.
            await sequence.Tokens.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false);
            if (sequence.AnswerTokens == 0 && sequence.End is FinishReason.Failed or FinishReason.Cancelled or FinishReason.Expired)
            {
                return Ended(context.RequestAborted);
            }

            return request.Stream ? await StreamAsync(context).ConfigureAwait(false) : await SendWholeAsync(context).ConfigureAwait(false);
        }
        finally
        {
            report.Usage = Usage;
            if (sequence.End is null)
            {
                model.Engine.Cancel(sequence);
            }
        }
    }

    private static Refusal Expired(int retryAfterSeconds) => new(
        StatusCodes.Status503ServiceUnavailable, "queue_timeout", "The request's turn did not come in time; try again later.", RetryAfterSeconds: retryAfterSeconds);

    private Usage Usage => new(sequence.Prompt.Length, _tokens, sequence.CachedTokens);

    private string FinishWord => _text.Stopped || sequence.End == FinishReason.Stop ? "stop" : "length";

    private async Task<Refusal?> StreamAsync(HttpContext context)
    {
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        var events = new ChatEventStream(response.BodyWriter, identity, request.IncludeUsage);
        events.WriteRole();
        var tokens = sequence.Tokens;
        while (!_text.Stopped && await tokens.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
        {
            while (!_text.Stopped && tokens.TryRead(out var token))
            {
                _tokens++;
                var text = _text.Add(token);
                if (!text.IsEmpty)
                {
                    events.WriteText(text);
                }
            }

            await events.FlushAsync(context.RequestAborted).ConfigureAwait(false);
            report.FirstToken ??= time.GetTimestamp();
        }

        if (Ended(context.RequestAborted) is { } refusal)
        {
            events.WriteError(refusal);
        }
        else
        {
            var rest = _text.Complete();
            if (!rest.IsEmpty)
            {
                events.WriteText(rest);
            }

            events.WriteEnd(FinishWord, Usage);
        }

        await events.FlushAsync(context.RequestAborted).ConfigureAwait(false);
        return null;
    }

    private async Task<Refusal?> SendWholeAsync(HttpContext context)
    {
        var whole = new ArrayBufferWriter<byte>(1024);
        while (!_text.Stopped && await sequence.Tokens.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
        {
            report.FirstToken ??= time.GetTimestamp();
            while (!_text.Stopped && sequence.Tokens.TryRead(out var token))
            {
                _tokens++;
                whole.Write(_text.Add(token));
            }
        }

        if (Ended(context.RequestAborted) is { } refusal)
        {
            return refusal;
        }

        whole.Write(_text.Complete());
        report.FinishReason = FinishWord;
        var body = ChatCompletionWriter.Write(identity, whole.WrittenSpan, FinishWord, Usage);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
        return null;
    }

    /// <summary>Null where the answer ended as it should. Throws where nobody is there to be told.</summary>
    private Refusal? Ended(CancellationToken aborted)
    {
        report.FinishReason = FinishWord;
        if (_text.Stopped)
        {
            return null;
        }

        switch (sequence.End)
        {
            case FinishReason.Cancelled when model.Withdrawal.Token.IsCancellationRequested && !aborted.IsCancellationRequested:
                report.FinishReason = model.Withdrawal.Code;
                return new Refusal(StatusCodes.Status503ServiceUnavailable, model.Withdrawal.Code, "The model was withdrawn while it answered.");
            case FinishReason.Cancelled:
                throw new OperationCanceledException("The client went away.");
            case FinishReason.Expired:
                return Expired(model.Engine.RetryAfterSeconds);
            case FinishReason.Failed:
                report.FinishReason = s_failed.Code;
                return s_failed;
            default:
                return null;
        }
    }
}
