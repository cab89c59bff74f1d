using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Zakenak.Contracts;
using Zakenak.FeatureProxy.Store;
using Zakenak.ServiceDefaults;

namespace Zakenak.FeatureProxy.Features;

/// <summary>Reads a request's body within fixed bounds.</summary>
internal static class FeatureRequestBody
{
    /// <summary>The most that <see cref="MaxRefs"/> and <see cref="MaxEntities"/> of the longest names need, and some white space.</summary>
    public const int MaxBytes = 16 * 1024;

    public const int MaxRefs = 64;

    public const int MaxEntities = 16;

    private static readonly Refusal _malformed = new(
        StatusCodes.Status400BadRequest, "request_malformed", "The body must be JSON: {\"entity\":{VIEW:ID},\"refs\":[\"VIEW:FEATURE\"]}.");

    /// <summary>The request and its parsed refs, or why it is refused.</summary>
    public static async Task<(FeatureRequest? Request, IReadOnlyList<FeatureRef> Refs, Refusal? Refusal)> ReadAsync(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || !string.Equals(type.MediaType, "application/json", StringComparison.OrdinalIgnoreCase)
            || (type.CharSet is { } charset && !string.Equals(charset.Trim('"'), "utf-8", StringComparison.OrdinalIgnoreCase)))
        {
            return Refused(new(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", "The body must be application/json in UTF-8."));
        }

        try
        {
            var body = await JsonSerializer.DeserializeAsync(request.Body, FeatureJson.Default.FeatureRequest, request.HttpContext.RequestAborted).ConfigureAwait(false);
            return body is null ? Refused(_malformed) : Check(body);
        }
        catch (JsonException)
        {
            return Refused(_malformed);
        }
        catch (BadHttpRequestException e)
        {
            return Refused(e.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? new Refusal(e.StatusCode, "body_too_large", $"The body may have at most {MaxBytes} bytes.")
                : new Refusal(e.StatusCode, "bad_request", "The body did not arrive whole."));
        }
    }

    private static (FeatureRequest?, IReadOnlyList<FeatureRef>, Refusal?) Check(FeatureRequest body)
    {
        if (body.Refs.Count is 0 or > MaxRefs)
        {
            return Refused(new(StatusCodes.Status400BadRequest, "refs_invalid", $"There must be 1 to {MaxRefs} refs."));
        }

        if (body.Entity.Count > MaxEntities || !body.Entity.All(e => FeatureNames.IsName(e.Key) && FeatureNames.IsId(e.Value)))
        {
            return Refused(new(
                StatusCodes.Status400BadRequest,
                "entity_invalid",
                $"There may be {MaxEntities} entities, each a view's name and an id of at most {FeatureNames.MaxIdLength} of A-Z a-z 0-9 . _ @ -."));
        }

        var refs = new FeatureRef[body.Refs.Count];
        for (var i = 0; i < refs.Length; i++)
        {
            if (FeatureRef.TryParse(body.Refs[i]) is not { } parsed)
            {
                return Refused(new(StatusCodes.Status400BadRequest, "refs_invalid", $"refs[{i}] is not VIEW:FEATURE."));
            }

            if (!body.Entity.ContainsKey(parsed.View))
            {
                return Refused(new(StatusCodes.Status400BadRequest, "entity_missing", $"refs[{i}] is of a view that entity has no id for."));
            }

            refs[i] = parsed;
        }

        return (body, refs, null);
    }

    private static (FeatureRequest?, IReadOnlyList<FeatureRef>, Refusal?) Refused(Refusal refusal) => (null, [], refusal);
}

[JsonSourceGenerationOptions(
    AllowDuplicateProperties = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    MaxDepth = 4)] // the answer's depth: the serializer counts a value as a level when it writes
[JsonSerializable(typeof(FeatureRequest))]
[JsonSerializable(typeof(FeatureResponse))]
internal sealed partial class FeatureJson : JsonSerializerContext;
