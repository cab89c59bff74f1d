using System.ComponentModel.DataAnnotations;

namespace Zakenak.Gateway.Routing;

/// <summary>Section <c>ModelServers</c>.</summary>
internal sealed class ModelServersOptions : IValidatableObject
{
    public const string Section = "ModelServers";

    /// <summary>
    /// Where the model servers are: each <c>https://HOST:PORT</c>, or <c>dns:HOST:PORT</c> for one replica at every address of a name. None is allowed, and
    /// then none is ready.
    /// </summary>
    public IList<string> Urls { get; init; } = [];

    /// <summary>How often a model server that answers is asked what it serves.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How often a <c>dns:</c> name is looked up: so long may a new replica wait for its first request.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan ResolveInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>First wait after a failure; doubles up to the poll interval.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a model server may take to say what it serves.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan PollTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a request waits for a model that is not served at the moment: one that starts is often ready just then.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(1);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        for (var i = 0; i < Urls.Count; i++)
        {
            if (ReplicaName.TryParse(Urls[i]) is null && (!Uri.TryCreate(Urls[i], UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttps || url.PathAndQuery != "/"))
                yield return new ValidationResult($"ModelServers:Urls:{i} must be https://HOST:PORT or dns:HOST:PORT and nothing more.");
        }
    }
}
