using System.Text.Json.Serialization;

namespace Zakenak.CertAuthority;

/// <summary><c>authentication.k8s.io/v1</c> TokenReview, the part that is used.</summary>
internal sealed record TokenReview
{
    public string ApiVersion { get; init; } = "authentication.k8s.io/v1";

    public string Kind { get; init; } = "TokenReview";

    public TokenReviewSpec? Spec { get; init; }

    public TokenReviewStatus? Status { get; init; }
}

internal sealed record TokenReviewSpec(string Token, IReadOnlyList<string> Audiences);

/// <param name="Audiences">Those of the asked audiences that the token is for; an API server that knows no audiences leaves them out.</param>
internal sealed record TokenReviewStatus(bool Authenticated, TokenReviewUser? User, IReadOnlyList<string>? Audiences);

internal sealed record TokenReviewUser(string? Username, IReadOnlyDictionary<string, IReadOnlyList<string>>? Extra);

/// <summary><c>v1</c> ConfigMap.</summary>
internal sealed record ConfigMap(ObjectName Metadata, IReadOnlyDictionary<string, string> Data)
{
    public string ApiVersion { get; } = "v1";

    public string Kind { get; } = "ConfigMap";
}

internal sealed record ObjectName(string Name, string Namespace);

/// <summary>Source-generated, so that nothing of an answer is bound that is not named here.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TokenReview))]
[JsonSerializable(typeof(ConfigMap))]
internal sealed partial class KubernetesJson : JsonSerializerContext;
