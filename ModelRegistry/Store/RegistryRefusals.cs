using Zakenak.ServiceDefaults;

namespace Zakenak.ModelRegistry;

/// <summary>The refusals that more than one route gives.</summary>
internal static class RegistryRefusals
{
    public static Refusal InsufficientDisk { get; } = new(
        StatusCodes.Status507InsufficientStorage, "insufficient_disk", "The registry's disk has no room for this; what it took so far is kept. Free some and go on.");

    public static Refusal StoreUnavailable { get; } = new(
        StatusCodes.Status503ServiceUnavailable, "store_unavailable", "The registry's store cannot be written now; nothing was changed.", RetryAfterSeconds: 5);

    public static Refusal AuditUnavailable { get; } = new(
        StatusCodes.Status503ServiceUnavailable, "audit_unavailable", "The change could not be recorded, so it was not made.", RetryAfterSeconds: 5);

    public static Refusal VersionNotFound { get; } = new(
        StatusCodes.Status404NotFound, "version_not_found", "There is no such version.");

    public static Refusal DigestMalformed { get; } = new(
        StatusCodes.Status400BadRequest, "digest_malformed", "A digest is sha256: and 64 lower-case hex digits.");

    public static Refusal RequestMalformed { get; } = new(
        StatusCodes.Status400BadRequest, "request_malformed", "The body is not of the form that this address takes.");

    public static Refusal ForWrite(Exception e) => e.IsDiskFull() ? InsufficientDisk : StoreUnavailable;
}
