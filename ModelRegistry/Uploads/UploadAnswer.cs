using Zakenak.ServiceDefaults;

namespace Zakenak.ModelRegistry;

/// <summary>How a request to an upload ended.</summary>
/// <param name="Status">HTTP status; 201 where an upload was begun or a blob completed, 200 or 204 elsewhere.</param>
/// <param name="Offset">Bytes that are on disk; null where nobody knows.</param>
/// <param name="Id">Of the upload that goes on; null where there is none to go on with.</param>
/// <param name="Refusal">Null where it went well.</param>
/// <param name="EndsUpload">Whether the upload is over: the blob is there, or its bytes were wrong.</param>
internal sealed record UploadAnswer(int Status, long? Offset, string? Id = null, Refusal? Refusal = null, bool EndsUpload = false)
{
    public static implicit operator UploadAnswer(Refusal refusal) => new(refusal.Status, null, Refusal: refusal);
}
