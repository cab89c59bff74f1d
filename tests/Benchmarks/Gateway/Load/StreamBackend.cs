using System.Buffers.Text;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Zakenak.Benchmarks.GatewayLoad.Setting;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.Benchmarks.GatewayLoad;

/// <summary>A model server's outside without a model: each stream is as many events as <c>max_tokens</c>, 20 a second, with number and moment in them.</summary>
internal static class StreamBackend
{
    public const string Verb = "stream-backend";
    public const int EventsPerSecond = 20;

    /// <summary>What comes before moment and number in an event.</summary>
    public const string Mark = "\"content\":\"";

    public const int MomentDigits = 19;
    public const int NumberDigits = 6;

    private const string Before = "data: {\"id\":\"chatcmpl-0123456789abcdef\",\"object\":\"chat.completion.chunk\",\"created\":1790000000,\"model\":\"stream:v1\",\"choices\":[{\"index\":0,\"delta\":{" + Mark;
    private const string After = "\"},\"finish_reason\":null}]}\n\n";

    public static async Task RunAsync(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.AddServiceDefaults(ServiceNames.ModelServer);
        builder.AddWorkloadIdentity();
        builder.ListenForWorkloads();
        var app = builder.Build();
        app.MapGet("/v1/models", () => Results.Text(FixedAnswer.ModelList("stream"), "application/json")).RequireCaller(ServiceNames.Gateway);
        app.MapPost("/v1/chat/completions", StreamAsync).RequireCaller(ServiceNames.Gateway);
        await app.RunAsync();
    }

    private static async Task StreamAsync(HttpContext context)
    {
        using var request = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        var events = request.RootElement.GetProperty("max_tokens").GetInt32();
        context.Response.ContentType = "text/event-stream";
        var line = Encoding.ASCII.GetBytes(Before + new string('0', MomentDigits + 1 + NumberDigits) + After);
        var moment = line.AsMemory(Before.Length, MomentDigits);
        var number = line.AsMemory(Before.Length + MomentDigits + 1, NumberDigits);
        line[Before.Length + MomentDigits] = (byte)' ';
        var begin = Stopwatch.GetTimestamp();
        for (var i = 0; i < events; i++)
        {
            // By the clock and not by the last event, so that one that is late makes no other late.
            var wait = TimeSpan.FromSeconds((double)i / EventsPerSecond) - Stopwatch.GetElapsedTime(begin);
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait, context.RequestAborted);
            Utf8Formatter.TryFormat(Stopwatch.GetTimestamp(), moment.Span, out _, new('D', MomentDigits));
            Utf8Formatter.TryFormat(i, number.Span, out _, new('D', NumberDigits));
            await context.Response.Body.WriteAsync(line, context.RequestAborted);
        }

        await context.Response.Body.WriteAsync(Encoding.ASCII.GetBytes(
            $$$"""data: {"id":"chatcmpl-0123456789abcdef","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":{{{events}}},"total_tokens":{{{events + 9}}}}}""" + "\n\ndata: [DONE]\n\n"), context.RequestAborted);
    }
}
