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
[JsonSerializable(typeof(System.Text.Json.JsonElement))]
internal sealed partial class RegistryJson : JsonSerializerContext;
