using System.ComponentModel.DataAnnotations;

namespace Zakenak.ModelServer.Features;

/// <summary>Where online features come from; section <c>Features</c>.</summary>
public sealed class FeaturesOptions : IValidatableObject
{
    public const string Section = "Features";

    /// <summary>The feature proxy, <c>https://HOST:PORT</c>; null where there is none: requests for features are refused then.</summary>
    public Uri? Url { get; set; }

    /// <summary>How long the proxy may take, in milliseconds: a prompt waits for it.</summary>
    [Range(10, 60_000)]
    public int TimeoutMs { get; set; } = 2000;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Url is { } url && (!url.IsAbsoluteUri || url.Scheme != Uri.UriSchemeHttps))
        {
            yield return new ValidationResult("Url must be https://HOST:PORT.", [nameof(Url)]);
        }
    }
}
