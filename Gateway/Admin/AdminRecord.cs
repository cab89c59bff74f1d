using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Admin;

/// <summary>Keeps a record of whatever was asked of the admin API: by whom, of what, and how it ended.</summary>
internal sealed partial class AdminRecord(ILogger<AdminRecord> logger)
{
    public async Task KeepAsync(HttpContext context, Func<AdminAction, Task> next)
    {
        var action = new AdminAction(context.GetCaller()?.ToString() ?? "nobody");
        context.Features.Set(action);
        try
        {
            await next(action);
        }
        finally
        {
            // The pattern and not the path: what a stranger writes there is no part of a record.
            var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "none";
            var details = string.Join(", ", action.Details.Select(d => $"{d.Key} {d.Value}"));
            AdminAnswered(logger, action.Caller, context.Request.Method, route, details, context.Response.StatusCode, context.Features.Get<Refusal>()?.Code);
        }
    }

    [LoggerMessage(LogLevel.Information, "Answered {Caller} who asked {Method} {Route} ({Details}) with status {Status}, code {Code}.")]
    private static partial void AdminAnswered(ILogger logger, string caller, string method, string route, string details, int status, string? code);
}
