using Zakenak.Audit;
using Zakenak.Gateway.Audit;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Admin;

/// <summary>Keeps a record of what was asked of the admin API: by whom, of what, and how it ended. A change is on record before it is made.</summary>
internal sealed partial class AdminRecord(GatewayAudit audit, ILogger<AdminRecord> logger)
{
    /// <summary>Records that somebody who may is about to make a change; why it must not be made where that fails.</summary>
    public ValueTask<Refusal?> BeginAsync(HttpContext context, AdminAction action) => audit.RecordAsync(Record(context, action, "admin.requested", AuditOutcome.Done, null));

    /// <summary>Records how it ended.</summary>
    /// <param name="changes">Whether it was more than a look.</param>
    public async Task EndAsync(HttpContext context, AdminAction action, bool changes)
    {
        var (status, code) = (context.Response.StatusCode, context.Features.Get<Refusal>()?.Code);
        AdminAnswered(logger, action.Caller, context.Request.Method, RouteOf(context), string.Join(", ", action.Details.Select(d => $"{d.Key} {d.Value}")), status, code);
        if (changes || status >= 400)
            await audit.RecordAsync(Record(context, action, "admin.answered", status < 400 ? AuditOutcome.Done : status < 500 ? AuditOutcome.Refused : AuditOutcome.Failed, code));
    }

    private static AuditRecord Record(HttpContext context, AdminAction action, string name, AuditOutcome outcome, string? code)
    {
        var details = new Dictionary<string, string> { ["method"] = context.Request.Method, ["request"] = context.GetRequestId() };
        foreach (var (key, value) in action.Details)
            details[key] = value;
        return new AuditRecord(action.Caller, name, RouteOf(context), outcome, code) { Details = details };
    }

    /// <summary>The pattern and not the path: what a stranger writes there is no part of a record.</summary>
    private static string RouteOf(HttpContext context) => (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "none";

    [LoggerMessage(LogLevel.Information, "Answered {Caller} who asked {Method} {Route} ({Details}) with status {Status}, code {Code}.")]
    private static partial void AdminAnswered(ILogger logger, string caller, string method, string route, string details, int status, string? code);
}
