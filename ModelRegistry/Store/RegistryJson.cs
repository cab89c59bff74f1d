using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Zakenak.Contracts;

namespace Zakenak.ModelRegistry;

/// <summary>What the registry reads and writes. Strict, so that a misspelt member is an error and not a missing one.</summary>
[JsonSourceGenerationOptions(
    AllowDuplicateProperties = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    MaxDepth = 64)]
[JsonSerializable(typeof(Upload))]
[JsonSerializable(typeof(UploadRequest))]
[JsonSerializable(typeof(UploadState))]
[JsonSerializable(typeof(ModelListing))]
[JsonSerializable(typeof(VersionDocument))]
[JsonSerializable(typeof(PushVersionRequest))]
[JsonSerializable(typeof(RegistryEvent))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class RegistryJson : JsonSerializerContext
{
    /// <summary>Leaves a <c>+</c> of Base64 as it is, so that an envelope goes out as it came in.</summary>
    public static RegistryJson Wire => Relaxed.Context;

    // A class of its own, so that it is made after Default.
    private static class Relaxed
    {
        public static readonly RegistryJson Context = new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }
}
