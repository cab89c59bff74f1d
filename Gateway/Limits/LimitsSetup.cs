using Zakenak.Gateway.Limits.Leases;
using Zakenak.Gateway.Refusals;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Routing;
using Zakenak.Gateway.Screening;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Limits;

internal static class LimitsSetup
{
    private static readonly Refusal _overloaded = new(StatusCodes.Status503ServiceUnavailable, "overloaded",
        "The gateway runs as many requests as it may. Try again shortly.", RetryAfterSeconds: 1);

    private static readonly Refusal _tooManyRunning = ApiRefusals.RateLimited(
        "As many requests as may run at the same time. Wait for one to end.", TimeSpan.FromSeconds(1))
        with
    { Code = "concurrency_limit_exceeded" };

    private static readonly Refusal _unleased = new(StatusCodes.Status503ServiceUnavailable, "limits_unavailable",
        "The database of the limits does not answer, and this gateway's part of them is used up. Try again shortly.", RetryAfterSeconds: 1);

    /// <summary>Why requests are cut off whose part of the limits others are about to get.</summary>
    public static readonly Refusal LeasesLost = new(StatusCodes.Status503ServiceUnavailable, "limits_unavailable",
        "The database of the limits did not answer for too long, and this gateway's part of them goes to others.", RetryAfterSeconds: 1);

    public static void AddLimits(this WebApplicationBuilder builder)
    {
        builder.Services.AddLiveOptions<LimitsOptions>(LimitsOptions.Section);
        builder.Services.AddSingleton<Func<LimitsOptions>>(s =>
        {
            var options = s.GetRequiredService<LiveOptions<LimitsOptions>>();
            return () => options.Current;
        });
        builder.AddLeases();
        builder.Services.AddSingleton(s =>
        {
            var leases = s.GetRequiredService<LimitLeases>();
            return new RequestLimiter(s.GetRequiredService<Func<LimitsOptions>>(), s.GetRequiredService<TimeProvider>(), leases.AreShared ? leases : null);
        });
        builder.Services.AddSingleton<RateLimitHeaders>();
        builder.Services.AddSingleton<UsageInquiry>();
    }

    /// <summary>Bounds how many requests a key, a tenant and everybody may send, and says on every answer what is left.</summary>
    public static void UseLimits(this IApplicationBuilder app)
    {
        var limiter = app.ApplicationServices.GetRequiredService<RequestLimiter>();
        var headers = app.ApplicationServices.GetRequiredService<RateLimitHeaders>();

        // Once, when the answer begins: by then the tokens are reserved too.
        Func<object, Task> write = state =>
        {
            var context = (HttpContext)state;
            headers.Write(context.Response.Headers, context.Inference().Admission);
            return Task.CompletedTask;
        };
        Action<InferenceRequest> leaveTenant = request => request.Tenant!.Leave(request.Client!);
        Action<InferenceRequest> leave = _ => limiter.Leave();
        app.Use(next =>
        {
            return context =>
            {
                // Known at once, but where a database is asked for more.
                var request = context.Inference();
                var tenant = request.Tenant = limiter.For(request.Client!.Tenant);
                var entering = tenant.EnterAsync(request.Client, context.RequestAborted);
                return entering.IsCompletedSuccessfully ? GoOn(context, request, entering.Result) : WaitAsync(context, request, entering);
            };

            Task GoOn(HttpContext context, InferenceRequest request, in Admission admission)
            {
                request.Admission = admission;
                context.Response.OnStarting(write, context);
                if (admission.Result != AdmissionResult.Admitted)
                    return context.RefuseAsync(RefusalOf(admission, 0));
                request.AtEnd(leaveTenant);
                if (!limiter.TryEnter())
                    return context.RefuseAsync(_overloaded);
                request.AtEnd(leave);
                return next(context);
            }

            async Task WaitAsync(HttpContext context, InferenceRequest request, ValueTask<Admission> entering) => await GoOn(context, request, await entering);
        });
    }

    /// <summary>Reserves what the request may take of tokens, of its key, its tenant and its model, and settles it with what it took.</summary>
    public static void UseTokenLimits(this IApplicationBuilder app, ApiRoute route)
    {
        if (route.Takes == TokenUse.None)
            return;
        var limiter = app.ApplicationServices.GetRequiredService<RequestLimiter>();
        var options = app.ApplicationServices.GetRequiredService<LiveOptions<LimitsOptions>>();
        var inquiry = app.ApplicationServices.GetRequiredService<UsageInquiry>();
        Action<InferenceRequest> settle = request => inquiry.Settle(request.Tokens!, request);
        app.Use(next =>
        {
            return context =>
            {
                var request = context.Inference();
                var (client, model, body) = (request.Client!, request.Route!.Model, request.Body!);
                var reservation = new TokenReservation(request.Tenant!, client, model.Name, limiter.PromptsOf(model.Id), body,
                    route.Takes == TokenUse.Prompt ? 0 : body.Fields.Asked.MaxTokens ?? options.Current.DefaultTokensOf(client, model.Name));
                var reserving = reservation.ReserveAsync(context.RequestAborted);
                return reserving.IsCompletedSuccessfully ? GoOn(context, request, reservation, reserving.Result) : WaitAsync(context, request, reservation, reserving);
            };

            Task GoOn(HttpContext context, InferenceRequest request, TokenReservation reservation, in Admission admission)
            {
                request.Admission = admission;
                if (admission.Result != AdmissionResult.Admitted)
                    return context.RefuseAsync(NeverFits(admission, request.Body!.Fields.Asked) ?? RefusalOf(admission, reservation.Total));
                request.Tokens = reservation;
                request.AtEnd(settle);
                return next(context);
            }

            async Task WaitAsync(HttpContext context, InferenceRequest request, TokenReservation reservation, ValueTask<Admission> reserving) =>
                await GoOn(context, request, reservation, await reserving);
        });
    }

    /// <summary>Names the parameter that alone asks for more tokens than a whole minute has; null where it takes more than that one.</summary>
    private static Refusal? NeverFits(in Admission admission, AskedTokens asked)
    {
        if (admission.NeverAbove is not { } limit || asked.MaxTokens is not { } tokens || tokens * (long)asked.Choices <= limit)
            return null;
        var name = tokens > limit ? asked.MaxTokensName! : "n";
        return new Refusal(StatusCodes.Status400BadRequest, "invalid_value",
            $"'{name}' asks for more tokens than the {limit} that a whole minute has.", name);
    }

    /// <summary>Why a request was not admitted, as its client is told.</summary>
    public static Refusal RefusalOf(in Admission admission, int tokens) => admission.Result switch
    {
        AdmissionResult.Unleased => _unleased,
        AdmissionResult.TooManyRunning => _tooManyRunning,
        AdmissionResult.TooManyRequests => ApiRefusals.RateLimited(
            $"More than {admission.Requests.Limit} requests in a minute. Slow down.", admission.RetryAfter!.Value),
        _ => ApiRefusals.TokenLimited(admission.RetryAfter is null
            ? $"The request may take {tokens} tokens, more than the {admission.NeverAbove ?? admission.Tokens.Limit} of a whole minute. Send less, or a smaller max_tokens."
            : $"The request may take {tokens} tokens; {admission.Tokens.Remaining} of {admission.Tokens.Limit} in a minute are left.", admission.RetryAfter),
    };
}
