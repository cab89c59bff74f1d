using System.ComponentModel.DataAnnotations;

namespace Zakenak.ModelRegistry;

/// <summary>Section <c>Registry</c>: what uploads may take.</summary>
public sealed class UploadOptions
{
    /// <summary>Largest blob, bytes.</summary>
    [Range(1, long.MaxValue)]
    public long MaxBlobBytes { get; set; } = 256L * 1024 * 1024 * 1024;

    /// <summary>Uploads that are begun and not finished, of all callers together.</summary>
    [Range(1, 10_000)]
    public int MaxOpenUploads { get; set; } = 64;

    /// <summary>An upload that got no byte for this long is deleted.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00", ErrorMessage = "must be between 1 second and 30 days, e.g. 1.00:00:00.")]
    public TimeSpan UploadMaxAge { get; set; } = TimeSpan.FromDays(1);
}
