using System.Globalization;
using Zakenak.Gateway.Refusals;
using Zakenak.Gateway.Requests;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Limits;

internal static class LimitsSetup
{
    private static readonly Refusal _overloaded = new(StatusCodes.Status503ServiceUnavailable, "overloaded",
        "The gateway runs as many requests as it may. Try again shortly.", RetryAfterSeconds: 1);

    private static readonly Refusal _tooManyRunning = ApiRefusals.RateLimited(
        "This tenant runs as many requests at the same time as it may. Wait for one to end.", TimeSpan.FromSeconds(1))
        with
    { Code = "concurrency_limit_exceeded" };

    public static void AddLimits(this WebApplicationBuilder builder)
    {
        builder.Services.AddValidatedOptions<LimitsOptions>(LimitsOptions.Section);
        builder.Services.AddSingleton<RequestLimiter>();
    }

    /// <summary>Bounds how many requests a key, a tenant and everybody may send, and says on every answer what is left.</summary>
    public static void UseLimits(this IApplicationBuilder app)
    {
        var limiter = app.ApplicationServices.GetRequiredService<RequestLimiter>();
        app.Use(next => async context =>
        {
            var client = context.Inference().Client!;
            var tenant = limiter.For(client.Tenant);
            var admission = tenant.TryEnter(client.KeyId, client.RequestsPerMinute);
            WriteHeaders(context.Response.Headers, admission);
            if (admission.Result != AdmissionResult.Admitted)
            {
                await context.RefuseAsync(admission.Result == AdmissionResult.TooManyRunning
                    ? _tooManyRunning
                    : ApiRefusals.RateLimited($"More than {admission.Limit} requests in a minute. Slow down.", admission.RetryAfter));
                return;
            }

            var entered = limiter.TryEnter();
            try
            {
                await (entered ? next(context) : context.RefuseAsync(_overloaded));
            }
            finally
            {
                if (entered)
                    limiter.Leave();
                tenant.Leave();
            }
        });
    }

    private static void WriteHeaders(IHeaderDictionary headers, Admission admission)
    {
        headers["x-ratelimit-limit-requests"] = admission.Limit.ToString(CultureInfo.InvariantCulture);
        headers["x-ratelimit-remaining-requests"] = admission.Remaining.ToString(CultureInfo.InvariantCulture);
        headers["x-ratelimit-reset-requests"] = Duration(admission.Reset);
    }

    /// <summary>As OpenAI writes it: <c>850ms</c>, <c>42s</c>.</summary>
    private static string Duration(TimeSpan span) => span < TimeSpan.FromSeconds(1)
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(span.TotalMilliseconds)}ms")
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(span.TotalSeconds)}s");
}
