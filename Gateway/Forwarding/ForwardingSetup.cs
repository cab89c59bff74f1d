using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;
using Zakenak.Gateway.KillSwitch;
using Zakenak.Gateway.Limits;
using Zakenak.Gateway.Limits.Leases;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Resilience;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Forwarding;

internal static class ForwardingSetup
{
    /// <summary>YARP wants one; which replica it is, is decided further down.</summary>
    private const string Anywhere = "https://model-server";

    public static void AddForwarding(this WebApplicationBuilder builder)
    {
        builder.Services.AddValidatedOptions<ForwardingOptions>(ForwardingOptions.Section);
        builder.Services.AddHttpForwarder();
        builder.Services.AddSingleton<ModelServerClient>();
        builder.Services.AddSingleton<GrantMint>();
        builder.Services.AddSingleton<EventPump>();
        builder.Services.AddSingleton<AnswerRelay>();
        builder.Services.AddSingleton<CompletionTransformer>();
    }

    /// <summary>Sends the request to a replica and its answer back. The last step.</summary>
    public static void RunForwarding(this IApplicationBuilder app)
    {
        var services = app.ApplicationServices;
        var forwarder = services.GetRequiredService<IHttpForwarder>();
        var sender = new HttpMessageInvoker(services.GetRequiredService<ReplicaSender>(), disposeHandler: false);
        var transformer = services.GetRequiredService<CompletionTransformer>();
        var gate = services.GetRequiredService<ReplicaGate>();
        var metrics = services.GetRequiredService<ResilienceMetrics>();
        var options = services.GetRequiredService<LiveOptions<ResilienceOptions>>();
        var time = services.GetRequiredService<TimeProvider>();
        var mint = services.GetRequiredService<GrantMint>();
        var leases = services.GetRequiredService<LimitLeases>();
        var drain = services.GetRequiredService<Drain>();
        var running = services.GetRequiredService<RunningAnswers>();
        var kills = services.GetRequiredService<KillCheck>();
        var config = new ForwarderRequestConfig
        {
            // HTTP/1.1 inside: one connection for each running request, so none waits for another's frames.
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,

            // The request has a deadline of its own, which knows of waiting and of second attempts.
            ActivityTimeout = Timeout.InfiniteTimeSpan,
        };

        app.Run(async context =>
        {
            var request = context.Inference();
            request.Grant = mint.Mint(request);
            request.Outgoing = Prepare(request, out var spliced);
            using var deadline = request.Deadline = new AnswerDeadline(time, request.StartedAt, options.Current.TotalTimeout, context.RequestAborted) { WriteTimeout = options.Current.WriteTimeout };

            // Disposing of these awaits what they are doing, so neither ever cuts what comes after this request.
            using var stops = drain.LastCall.UnsafeRegister(static d => ((AnswerDeadline)d!).Cut(BackendFaults.Stopping), deadline);
            using var lost = leases.AreShared ? leases.Lost.UnsafeRegister(static d => ((AnswerDeadline)d!).Cut(LimitsSetup.LeasesLost), deadline) : default;

            // The body was read to its end: YARP has nothing to copy.
            context.Features.Set<IHttpRequestBodyDetectionFeature>(NoBody.Instance);
            running.Enter(request);
            try
            {
                var refusal = kills.Refuse(request.Client!, request.Route!.Model);
                while (refusal is null)
                {
                    context.Response.StatusCode = StatusCodes.Status200OK;
                    ForwarderError error;
                    try
                    {
                        error = await forwarder.SendAsync(context, Anywhere, sender, config, transformer, CancellationToken.None);
                    }
                    finally
                    {
                        Leave(context, request);
                    }

                    if (context.RequestAborted.IsCancellationRequested)
                        return;
                    if (request.Unserved is not null)
                    {
                        if (!request.IsLastRoute)
                            return;
                        refusal = request.Unserved;
                    }
                    else if (request.Tokens?.CountedPrompt is not null)
                    {
                        var again = await request.Tokens.ReserveAgainAsync(context.RequestAborted);
                        if (again.Result == AdmissionResult.Admitted)
                            request.Grant = mint.Mint(request);
                        else
                            refusal = LimitsSetup.RefusalOf(again, request.Tokens.Needed);
                    }
                    else
                    {
                        refusal = request.Fault ?? (error == ForwarderError.None ? null : BackendFaults.Lost);
                        if (refusal is null)
                            return;
                    }
                }

                await context.RefuseAsync(refusal);
            }
            finally
            {
                running.Leave(request);

                // Its memory goes to another request next.
                if (request.Loser is { } loser)
                    await loser;
                (request.Deadline, request.Outgoing) = (null, default);
                if (spliced is not null)
                {
                    spliced.AsSpan().Clear();
                    ArrayPool<byte>.Shared.Return(spliced);
                }
            }
        });

        void Leave(HttpContext context, InferenceRequest request)
        {
            if (request.Place is not { } place)
                return;
            request.Place = null;
            var failed = request.ServerFailed && !context.RequestAborted.IsCancellationRequested;
            if (failed)
                metrics.Failed(place, request.Fault?.Code ?? request.Code ?? "backend_error");
            gate.Leave(place, request.Route!, failed ? AttemptOutcome.Failed
                : context.RequestAborted.IsCancellationRequested ? AttemptOutcome.Abandoned : AttemptOutcome.Answered);
        }
    }

    /// <summary>The body that goes out: the screened one, or one that asks for usage as well.</summary>
    private static ReadOnlyMemory<byte> Prepare(InferenceRequest request, out byte[]? spliced)
    {
        var screened = request.Body!;
        if (UsageRequest.AsIs(screened.Fields))
        {
            spliced = null;
            return screened.Buffer.AsMemory(0, screened.Length);
        }

        (spliced, var length) = UsageRequest.Splice(screened.Bytes, screened.Fields);
        return spliced.AsMemory(0, length);
    }

    private sealed class NoBody : IHttpRequestBodyDetectionFeature
    {
        public static NoBody Instance { get; } = new();

        public bool CanHaveBody => false;
    }
}
