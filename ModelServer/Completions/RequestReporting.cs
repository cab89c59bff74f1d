using Zakenak.ServiceDefaults;
using Zakenak.ServiceDefaults.Grants;

namespace Zakenak.ModelServer.Completions;

/// <summary>Sees to it that every request, however it ends, leaves one log line and its metrics.</summary>
public sealed class RequestReporting(CompletionMetrics metrics, UsageLedger ledger, TimeProvider time, ILogger<RequestReporting> logger)
{
    /// <summary>Answers one request, or refuses it with what <paramref name="answer"/> returns.</summary>
    public async Task HandleAsync(HttpContext context, string operation, Func<HttpContext, RequestReport, Task<Refusal?>> answer)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(answer);

        // What stands there if an exception passes: it is answered, and logged, by whoever is around this endpoint.
        var report = new RequestReport(time.GetTimestamp())
        {
            Operation = operation,
            Status = StatusCodes.Status500InternalServerError,
            FinishReason = "internal_error",
        };
        Refusal? refusal = null;
        try
        {
            refusal = await answer(context, report).ConfigureAwait(false);
            if (refusal is not null)
            {
                report.FinishReason = refusal.Code;
                report.WriteUsedTokens(context.Response);
                await context.RefuseAsync(refusal).ConfigureAwait(false);
            }

            report.Status = context.Response.StatusCode;
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            (report.Status, report.FinishReason) = (StatusCodes.Status499ClientClosedRequest, "cancelled");
            context.Abort();
        }
        finally
        {
            if (refusal is null)
            {
                ledger.Add(context.GetGrant().Grant.RequestId ?? context.GetRequestId(), report.Usage);
            }

            Leave(context, report);
        }
    }

    private void Leave(HttpContext context, RequestReport report)
    {
        metrics.Ended(report);
        Log.Completed(
            logger,
            context.GetRequestId(),
            report.Tenant,
            report.Model,
            report.Digest,
            report.Status,
            report.FinishReason,
            Math.Round(time.GetElapsedTime(report.Started).TotalMilliseconds, 1),
            report.FirstToken is { } first ? Math.Round(time.GetElapsedTime(report.Started, first).TotalMilliseconds, 1) : null,
            report.Usage.PromptTokens,
            report.Usage.CompletionTokens);
    }
}
