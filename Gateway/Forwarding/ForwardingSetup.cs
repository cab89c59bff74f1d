using System.Buffers;
using System.Net;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Forwarder;
using Zakenak.Gateway.Limits;
using Zakenak.Gateway.Refusals;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Routing;
using Zakenak.Gateway.Routing.Replicas;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Forwarding;

internal static partial class ForwardingSetup
{
    private static readonly TimeSpan _retryAfter = TimeSpan.FromSeconds(2);

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
        var client = services.GetRequiredService<ModelServerClient>();
        var transformer = services.GetRequiredService<CompletionTransformer>();
        var replicas = services.GetRequiredService<ReplicaChooser>();
        var mint = services.GetRequiredService<GrantMint>();
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("Zakenak.Gateway.Forwarding");
        var config = new ForwarderRequestConfig
        {
            // HTTP/1.1 inside: one connection for each running request, so none waits for another's frames.
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,

            // Until the answer begins; from there on the pump has a timeout of its own.
            ActivityTimeout = services.GetRequiredService<IOptions<ForwardingOptions>>().Value.FirstByteTimeout,
        };

        app.Run(async context =>
        {
            var request = context.Inference();
            request.Grant = mint.Mint(request);
            var body = Prepare(context, request, out var spliced);
            try
            {
                await SendAsync(context, request, body);
            }
            finally
            {
                if (spliced is not null)
                {
                    spliced.AsSpan().Clear();
                    ArrayPool<byte>.Shared.Return(spliced);
                }
            }
        });

        async Task SendAsync(HttpContext context, InferenceRequest request, MemoryStream body)
        {
            HashSet<ModelServer>? tried = null;
            while (replicas.TryEnter(request, tried) is { } server)
            {
                request.Server = server;
                body.Position = 0;
                context.Response.StatusCode = StatusCodes.Status200OK;
                try
                {
                    var error = await forwarder.SendAsync(context, server.Origin, client.Invoker, config, transformer, CancellationToken.None);
                    if (error == ForwarderError.None)
                    {
                        if (request.Tokens?.CountedPrompt is not null)
                        {
                            var again = await request.Tokens.ReserveAgainAsync(context.RequestAborted);
                            if (again.Result == AdmissionResult.Admitted)
                            {
                                request.Grant = mint.Mint(request);
                                continue;
                            }

                            await context.RefuseAsync(LimitsSetup.RefusalOf(again, request.Tokens.Needed));
                            return;
                        }

                        if (request.Fault is { } fault)
                            await context.RefuseAsync(fault);
                        return;
                    }

                    if (context.RequestAborted.IsCancellationRequested)
                        return;
                    var exception = context.Features.Get<IForwarderErrorFeature>()?.Exception;
                    ForwardingFailed(logger, request.Id, server.Origin, error, exception?.InnerException?.Message ?? exception?.Message);
                    if (!ConnectionFault.Is(exception))
                    {
                        await context.RefuseAsync(error == ForwarderError.RequestTimedOut ? BackendFaults.Silent : BackendFaults.Lost);
                        return;
                    }
                }
                finally
                {
                    server.Leave();
                }

                // Nothing was sent, so another replica may be asked.
                request.Tokens?.TakeBack();
                server.AskNow();
                (tried ??= []).Add(server);
            }

            request.Unserved = ApiRefusals.ModelUnavailable(_retryAfter);
        }
    }

    /// <summary>Puts the screened body in the request's place: the client's own stream was read to its end.</summary>
    private static MemoryStream Prepare(HttpContext context, InferenceRequest request, out byte[]? spliced)
    {
        spliced = null;
        var screened = request.Body!;
        var (buffer, length) = (screened.Buffer, screened.Length);
        if (!UsageRequest.AsIs(screened.Fields))
        {
            (buffer, length) = UsageRequest.Splice(screened.Bytes, screened.Fields);
            spliced = buffer;
        }

        var body = new MemoryStream(buffer, 0, length, writable: false);
        context.Request.Body = body;
        context.Request.ContentLength = length;
        context.Request.Headers.Remove("Transfer-Encoding");
        return body;
    }

    [LoggerMessage(LogLevel.Warning, "Failed to forward request {RequestId} to {Server}: {Error}, {Reason}")]
    private static partial void ForwardingFailed(ILogger logger, string requestId, string server, ForwarderError error, string? reason);
}
