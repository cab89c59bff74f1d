using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Zakenak.Contracts;
using Zakenak.Gateway.Requests;

namespace Zakenak.Gateway.Refusals;

/// <summary>The one mapper from a <see cref="ApiRefusal"/> to bytes: an answer, or an event of a stream that has begun.</summary>
internal static partial class ApiRefusalWriter
{
    /// <summary>Answers with a refusal; the response must not have begun.</summary>
    public static Task RefuseAsync(this HttpContext context, ApiRefusal refusal)
    {
        var response = context.Response;
        response.StatusCode = refusal.Status;
        if (context.Features.Get<InferenceRequest>() is { } request)
            request.Code = refusal.Code;
        if (refusal.Status == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = "Bearer";
        if (refusal.RetryAfter is { } after)
            response.Headers.RetryAfter = Seconds(after).ToString(CultureInfo.InvariantCulture);
        response.Headers.CacheControl = "no-store";
        response.ContentType = "application/json";
        var body = Serialize(refusal);
        response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    /// <summary>The refusal as one server-sent event. The last of its stream: no <c>[DONE]</c> may follow.</summary>
    public static byte[] ToEvent(this ApiRefusal refusal) => [.. "data: "u8, .. Serialize(refusal), .. "\n\n"u8];

    /// <summary>At least 1: a client that comes back at once would be refused again.</summary>
    private static int Seconds(TimeSpan after) => Math.Max(1, (int)Math.Ceiling(after.TotalSeconds));

    private static byte[] Serialize(ApiRefusal refusal) => JsonSerializer.SerializeToUtf8Bytes(
        new OpenAiErrorBody(new OpenAiError(refusal.Message, refusal.Type, refusal.Param, refusal.Code)),
        ApiRefusalJson.Default.OpenAiErrorBody);

    [JsonSerializable(typeof(OpenAiErrorBody))]
    private sealed partial class ApiRefusalJson : JsonSerializerContext;
}
