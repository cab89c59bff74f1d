using System.ComponentModel.DataAnnotations;

namespace Zakenak.Gateway.Forwarding;

/// <summary>Section <c>Forwarding</c>.</summary>
internal sealed class ForwardingOptions
{
    public const string Section = "Forwarding";

    /// <summary>How long a grant is valid: the wait in the model server's queue and the fetch of features must fit.</summary>
    [Range(typeof(TimeSpan), "00:00:05", "00:05:00")]
    public TimeSpan GrantLifetime { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Largest answer of one piece, in bytes.</summary>
    [Range(64 * 1024, 256 * 1024 * 1024)]
    public int MaxAnswerBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>Largest single event of a stream, in bytes.</summary>
    [Range(4096, 16 * 1024 * 1024)]
    public int MaxEventBytes { get; set; } = 1024 * 1024;
}
