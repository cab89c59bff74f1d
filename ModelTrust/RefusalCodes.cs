namespace Zakenak.ModelTrust;

/// <summary>The codes of every <see cref="Refusal"/>; <c>docs/model-trust.md</c> has a row for each.</summary>
public static class RefusalCodes
{
    public const string SignatureMissing = "signature_missing";
    public const string SignatureMalformed = "signature_malformed";
    public const string SignatureInvalid = "signature_invalid";
    public const string SigningMethodNotSupported = "signing_method_not_supported";
    public const string StatementNotSupported = "statement_not_supported";
    public const string SerializationNotSupported = "serialization_not_supported";
    public const string HashNotSupported = "hash_not_supported";
    public const string SignersMissing = "signers_missing";
    public const string SignerNotAllowed = "signer_not_allowed";
    public const string RootDigestMismatch = "root_digest_mismatch";
    public const string SubjectMismatch = "subject_mismatch";
    public const string DigestMismatch = "digest_mismatch";
    public const string UnlistedFile = "unlisted_file";
    public const string MissingFile = "missing_file";
    public const string PathNotAllowed = "path_not_allowed";
    public const string SymlinkNotAllowed = "symlink_not_allowed";
    public const string FileUnreadable = "file_unreadable";
    public const string ModelNotFound = "model_not_found";
    public const string ModelAmbiguous = "model_ambiguous";
    public const string ModelExists = "model_exists";
    public const string ModelNotServable = "model_not_servable";
    public const string NameNotAllowed = "name_not_allowed";
    public const string GgufMalformed = "gguf_malformed";
    public const string GgufNotSupported = "gguf_not_supported";
    public const string InsufficientMemory = "insufficient_memory";
    public const string InsufficientDisk = "insufficient_disk";
    public const string SealingNotSupported = "sealing_not_supported";
    public const string SealingFailed = "sealing_failed";
    public const string KeyMalformed = "key_malformed";
    public const string KeyNotSupported = "key_not_supported";
    public const string KeyMissing = "key_missing";
    public const string KeyExists = "key_exists";
    public const string CertificateMalformed = "certificate_malformed";
    public const string CertificateMissing = "certificate_missing";
    public const string CertificateUntrusted = "certificate_untrusted";
    public const string CertificateExpired = "certificate_expired";
    public const string CertificateNotForSigning = "certificate_not_for_signing";
    public const string ImportInProgress = "import_in_progress";
    public const string WriteFailed = "write_failed";
    public const string RegistryUnreachable = "registry_unreachable";
    public const string RegistryMalformed = "registry_malformed";
    public const string TransferStalled = "transfer_stalled";
    public const string VersionNotFound = "version_not_found";
    public const string VersionExists = "version_exists";
    public const string UploadNotFound = "upload_not_found";
    public const string FetchIncomplete = "fetch_incomplete";
    public const string PullInProgress = "pull_in_progress";
    public const string DestinationTaken = "destination_taken";
}
