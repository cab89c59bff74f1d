using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http.Features;
using Zakenak.Gateway.Protocols.Completions;
using Zakenak.Gateway.Protocols.Ollama;
using Zakenak.Gateway.Protocols.Responses;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Screening;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Protocols;

internal static class ProtocolsSetup
{
    public static void AddProtocols(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IProtocol, CompletionsProtocol>();
        builder.Services.AddSingleton<IProtocol, ResponsesProtocol>();
        builder.Services.AddOllama();
    }

    /// <summary>Tells whatever is answered further in, refusals included, in this protocol.</summary>
    public static void UseProtocolAnswers(this IApplicationBuilder app, IProtocol protocol) => app.Use(next => async context =>
    {
        var inner = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        using var body = new TranslatedBody(context, inner, protocol);
        context.Features.Set<IHttpResponseBodyFeature>(body);
        try
        {
            await next(context);

            // As where nothing is translated: who has the answer can ask again. There is no request where the address is none.
            context.Features.Get<InferenceRequest>()?.End();
            await body.FinishAsync();
        }
        finally
        {
            context.Features.Set(inner);
        }
    });

    /// <summary>Reads a request of this protocol and puts the one that is made of it in its place.</summary>
    public static void UseProtocolRequests(this IApplicationBuilder app, IProtocol protocol)
    {
        var bodies = app.ApplicationServices.GetRequiredService<RequestBodies>();
        var options = app.ApplicationServices.GetRequiredService<LiveOptions<ScreeningOptions>>();
        var metrics = app.ApplicationServices.GetRequiredService<ScreeningMetrics>();
        app.Use(next => async context =>
        {
            var (received, refusal) = await bodies.ReadAsync(context);
            if (received is not var (buffer, length))
            {
                metrics.Refused(refusal!);
                await context.RefuseAsync(refusal!);
                return;
            }

            using var translated = new PooledBuffer();
            var strict = new JsonDocumentOptions { MaxDepth = options.Current.MaxDepth, AllowDuplicateProperties = false };
            try
            {
                refusal = Translate(context, protocol, buffer.AsMemory(0, length), translated, strict);
            }
            finally
            {
                RequestBodies.Return(buffer, length);
            }

            if (refusal is not null)
            {
                metrics.Refused(refusal);
                await context.RefuseAsync(refusal);
                return;
            }

            context.Request.Body = translated.ToStream();
            context.Request.ContentLength = translated.Length;
            context.Request.ContentType = "application/json";
            await next(context);
        });
    }

    private static Refusal? Translate(HttpContext context, IProtocol protocol, ReadOnlyMemory<byte> body, PooledBuffer translated, JsonDocumentOptions strict)
    {
        if (!Utf8.IsValid(body.Span))
            return NotJson("The body is not valid UTF-8.", body.Span, strict.MaxDepth);
        try
        {
            using var document = JsonDocument.Parse(body, strict);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return NotJson("The body must be a JSON object.", body.Span, strict.MaxDepth);
            var members = new Members(document.RootElement);
            using var json = new Utf8JsonWriter(translated, EventWriter.Json);
            json.WriteStartObject();
            var (answer, refusal) = protocol.Translate(members, json, context);
            members.PassUnknown(json);
            json.WriteEndObject();
            if ((refusal ?? members.Refusal) is { } refused)
                return refused;
            ((TranslatedBody)context.Features.GetRequiredFeature<IHttpResponseBodyFeature>()).Answer = answer;
            return null;
        }
        catch (InvalidOperationException)
        {
            // A member's name whose escapes are half a surrogate pair.
            return NotJson("A string in the body is not valid Unicode.", body.Span, strict.MaxDepth);
        }
        catch (JsonException e)
        {
            return NotJson($"The body is not valid JSON, nested deeper than {strict.MaxDepth}, or has a member twice: line {e.LineNumber + 1}, byte {e.BytePositionInLine}.", body.Span, strict.MaxDepth);
        }
    }

    private static Refusal NotJson(string message, ReadOnlySpan<byte> body, int maxDepth) =>
        new(StatusCodes.Status400BadRequest, "invalid_json", message, FaultyParameter.Find(body, maxDepth));
}
