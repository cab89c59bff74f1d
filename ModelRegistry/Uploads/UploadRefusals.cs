using Zakenak.ServiceDefaults;

namespace Zakenak.ModelRegistry;

internal static class UploadRefusals
{
    public static Refusal NotFound { get; } = new(
        StatusCodes.Status404NotFound, "upload_not_found", "There is no such upload of yours: it ended, it was collected, or it never began. Begin it again.");

    public static Refusal OtherSize { get; } = new(
        StatusCodes.Status409Conflict, "size_mismatch", "The registry has this blob, and it has another size.");

    public static Refusal TooMany { get; } = new(
        StatusCodes.Status429TooManyRequests, "too_many_uploads", "Too many uploads are open. Finish or delete some, or try again later.", RetryAfterSeconds: 30);

    public static Refusal Busy { get; } = new(
        StatusCodes.Status409Conflict, "upload_busy", "Another request writes to this upload at this moment.", RetryAfterSeconds: 1);

    public static Refusal TakenOver { get; } = new(
        StatusCodes.Status409Conflict, "upload_taken_over", "A newer request took this upload over.");

    public static Refusal OffsetMismatch { get; } = new(
        StatusCodes.Status409Conflict, "offset_mismatch", "The upload goes on elsewhere: the header upload-offset says where.");

    public static Refusal OffsetMissing { get; } = new(
        StatusCodes.Status400BadRequest, "offset_missing", "The header upload-offset must say where the body begins.");

    public static Refusal TooLong { get; } = new(
        StatusCodes.Status413PayloadTooLarge, "upload_too_long", "The body goes on beyond the size that was announced.");

    public static Refusal BodyBroken { get; } = new(
        StatusCodes.Status400BadRequest, "body_incomplete", "The body ended before its end; what arrived is kept.");

    public static Refusal DigestMismatch { get; } = new(
        StatusCodes.Status422UnprocessableEntity, "digest_mismatch", "The bytes do not come to the digest that was announced; they were deleted. Upload the file again.");

    public static Refusal TooLarge(long most) => new(
        StatusCodes.Status413PayloadTooLarge, "blob_too_large", $"A blob has 0 to {most} bytes here (Registry:MaxBlobBytes).");
}
