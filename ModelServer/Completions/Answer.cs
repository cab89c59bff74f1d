using Zakenak.ModelServer.Batching;
using Zakenak.ModelServer.Loading;
using Zakenak.ModelServer.Structured;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Completions;

/// <summary>Takes the tokens of a request's sequences as they come and sends them as text, in one piece or as it is made.</summary>
public sealed class Answer(
    LoadedModel model, IReadOnlyList<Sequence> sequences, ChatRequest request, AnswerPlan plan, CompletionIdentity identity, RequestReport report, TimeProvider time)
{
    private static readonly Refusal s_failed = new(
        StatusCodes.Status503ServiceUnavailable, "engine_failed", "The model could not finish the answer; try again.", RetryAfterSeconds: 1);

    private static readonly Refusal s_misshapen = new(
        StatusCodes.Status500InternalServerError, "answer_invalid", "The model's answer does not have the shape that was asked for; try again.");

    private List<Choice> _choices = [];
    private bool _broken;

    /// <summary>Answers; a refusal means that nothing was sent.</summary>
    public async Task<Refusal?> SendAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        await using var abort = context.RequestAborted.UnsafeRegister(_ => Cancel(), null).ConfigureAwait(false);
        await using var cut = model.Withdrawal.Token.UnsafeRegister(_ => Cancel(), null).ConfigureAwait(false);
        try
        {
            // Nothing is sent before the first token: until then a failure still has a status of its own.
            foreach (var sequence in sequences)
            {
                await sequence.Tokens.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false);
                if (sequence.AnswerTokens == 0 && sequence.End is FinishReason.Failed or FinishReason.Cancelled or FinishReason.Expired)
                {
                    return Broken(sequence, context.RequestAborted);
                }
            }

            return request.Stream ? await StreamAsync(context).ConfigureAwait(false) : await SendWholeAsync(context).ConfigureAwait(false);
        }
        finally
        {
            Cancel();
            report.Usage = _broken || context.RequestAborted.IsCancellationRequested ? await MadeAsync().ConfigureAwait(false) : Usage;
        }
    }

    private static Refusal Expired(int retryAfterSeconds) => new(
        StatusCodes.Status503ServiceUnavailable, "queue_timeout", "The request's turn did not come in time; try again later.", RetryAfterSeconds: retryAfterSeconds);

    private Usage Usage => new(sequences[0].Prompt.Length, _choices.Sum(choice => choice.Tokens), sequences[0].CachedTokens);

    /// <summary>What was computed, sent or not: an answer that broke off took that much. Waits for the end of the step that runs.</summary>
    private async Task<Usage> MadeAsync()
    {
        foreach (var sequence in sequences)
        {
            while (await sequence.Tokens.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
            {
                while (sequence.Tokens.TryRead(out _))
                {
                }
            }
        }

        return sequences.All(sequence => sequence.Ticket == 0)
            ? default
            : new Usage(sequences[0].Prompt.Length, sequences.Sum(sequence => sequence.AnswerTokens), sequences[0].CachedTokens);
    }

    private void Cancel()
    {
        foreach (var sequence in sequences.Where(sequence => sequence.End is null))
        {
            model.Engine.Cancel(sequence);
        }
    }

    private async Task<Refusal?> StreamAsync(HttpContext context)
    {
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        var events = new ChatEventStream(response.BodyWriter, identity, model.Vocabulary, request.IncludeUsage);
        _choices = [.. sequences.Select((sequence, index) => new Choice(index, sequence, model, request, plan, events))];
        using var pen = new SemaphoreSlim(1);
        var refusals = await Task.WhenAll(_choices.Select(choice => StreamAsync(choice, events, pen, context.RequestAborted))).ConfigureAwait(false);
        if (Array.Find(refusals, refusal => refusal is not null) is { } broken)
        {
            report.BrokenBy = broken.Code;
            events.WriteError(broken);
        }
        else
        {
            events.WriteEnd(Usage);
        }

        await events.FlushAsync(context.RequestAborted).ConfigureAwait(false);
        return null;
    }

    /// <summary>One answer into the stream, where others may write too: an event is never cut by another's.</summary>
    private async Task<Refusal?> StreamAsync(Choice choice, ChatEventStream events, SemaphoreSlim pen, CancellationToken aborted)
    {
        await pen.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        events.WriteRole(choice.Index);
        pen.Release();
        var tokens = choice.Sequence.Tokens;
        while (!choice.Stopped && await tokens.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
        {
            await pen.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            try
            {
                while (!choice.Stopped && tokens.TryRead(out var token))
                {
                    choice.Add(token);
                }

                await events.FlushAsync(aborted).ConfigureAwait(false);
                report.FirstToken ??= time.GetTimestamp();
            }
            finally
            {
                pen.Release();
            }
        }

        await pen.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (Ended(choice, aborted) is { } refusal)
            {
                return refusal;
            }

            events.WriteFinish(choice.Index, choice.FinishWord);
            return null;
        }
        finally
        {
            pen.Release();
        }
    }

    private async Task<Refusal?> SendWholeAsync(HttpContext context)
    {
        _choices = [.. sequences.Select((sequence, index) => new Choice(index, sequence, model, request, plan, events: null))];
        foreach (var choice in _choices)
        {
            var tokens = choice.Sequence.Tokens;
            while (!choice.Stopped && await tokens.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
            {
                report.FirstToken ??= time.GetTimestamp();
                while (!choice.Stopped && tokens.TryRead(out var token))
                {
                    choice.Add(token);
                }
            }

            if (Ended(choice, context.RequestAborted) is { } refusal)
            {
                return refusal;
            }
        }

        var body = ChatCompletionWriter.Write(identity, _choices, model.Vocabulary, Usage);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
        return null;
    }

    /// <summary>Null where the answer ended as it should; what was held back is said then.</summary>
    private Refusal? Ended(Choice choice, CancellationToken aborted)
    {
        if (!choice.Stopped && Broken(choice.Sequence, aborted) is { } broken)
        {
            return broken;
        }

        choice.Complete();
        report.FinishReason = choice.FinishWord;
        if (choice.FinishWord != "length" && !choice.HasShape)
        {
            (report.FinishReason, _broken) = (s_misshapen.Code, true);
            return s_misshapen;
        }

        return null;
    }

    /// <summary>Why a sequence gave no whole answer; null where it did. Throws where nobody is there to be told.</summary>
    private Refusal? Broken(Sequence sequence, CancellationToken aborted)
    {
        _broken |= sequence.End is FinishReason.Cancelled or FinishReason.Expired or FinishReason.Failed;
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
