using System.ComponentModel.DataAnnotations;

namespace Zakenak.ModelServer.Fetching;

/// <summary>Where models come from and who says that they may still be served; section <c>Registry</c>.</summary>
public sealed class RegistryOptions : IValidatableObject
{
    public const string Section = "Registry";

    /// <summary>The model registry, <c>https://HOST:PORT</c>. Without it the server serves what lies in its folder, for as long as the approval there says.</summary>
    public Uri? Url { get; set; }

    /// <summary>How often the registry is asked whether the version may still be served; its events are followed besides.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "01:00:00")]
    public TimeSpan WatchInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the last known state holds while the registry can't be reached, restarts included.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan UnreachableGrace { get; set; } = TimeSpan.FromHours(1);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Url is { } url && (!url.IsAbsoluteUri || url.Scheme != Uri.UriSchemeHttps || url.PathAndQuery != "/"))
        {
            yield return new ValidationResult("must be https://HOST:PORT without a path.", [nameof(Url)]);
        }
    }
}
