using Zakenak.Audit;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Audit;

internal static class AuditSetup
{
    public static void AddAudit(this WebApplicationBuilder builder)
    {
        builder.Services.AddValidatedOptions<AuditOptions>(AuditOptions.Section);
        builder.Services.AddSingleton<AuditMetrics>();
        builder.Services.AddSingleton<Func<AuditLogOptions, AuditLog>>(s => options => AuditLog.Open(options, s.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<GatewayAudit>();
        builder.Services.AddHostedService(s => s.GetRequiredService<GatewayAudit>());
        builder.Services.AddHealthChecks().AddCheck<AuditHealth>("audit");
    }

    /// <summary>Gives every request one record, whatever answers it. Outside of all that answers.</summary>
    public static void UseAudit(this IApplicationBuilder app) => app.Use(next =>
    {
        // Here, when the host starts: whoever only describes the service has no log.
        var audit = app.ApplicationServices.GetRequiredService<GatewayAudit>();
        var time = app.ApplicationServices.GetRequiredService<TimeProvider>();
        return audit.IsKept ? RecordAsync : next;

        async Task RecordAsync(HttpContext context)
        {
            var startedAt = time.GetTimestamp();
            if (!audit.TryBegin(out var hasRoom))
                context.Features.Set(Unrecordable.Instance);
            try
            {
                await next(context);
            }
            finally
            {
                if (hasRoom)
                    audit.Record(new RequestRecord(context, time, startedAt, MethodOf(context.Request.Method), RouteOf(context)));
            }
        }
    });

    /// <summary>Refuses what could not be recorded, in the shape of all refusals: so inside of what gives ids to requests.</summary>
    public static void UseAuditRefusals(this IApplicationBuilder app) => app.Use(next => context =>
        context.Features.Get<Unrecordable>() is null ? next(context) : context.RefuseAsync(GatewayAudit.Unavailable));

    private static string? RouteOf(HttpContext context) => (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;

    /// <summary>A name from the standard: another one is the client's words.</summary>
    private static string MethodOf(string method) => HttpMethods.GetCanonicalizedValue(method) is var known
        && (HttpMethods.IsGet(known) || HttpMethods.IsPost(known) || HttpMethods.IsHead(known) || HttpMethods.IsOptions(known)
            || HttpMethods.IsPut(known) || HttpMethods.IsDelete(known) || HttpMethods.IsPatch(known) || HttpMethods.IsConnect(known) || HttpMethods.IsTrace(known))
        ? known
        : RequestRecord.OtherMethod;

    private sealed class Unrecordable
    {
        public static Unrecordable Instance { get; } = new();
    }
}
