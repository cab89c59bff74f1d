namespace Zakenak.CertAuthority;

internal static partial class Log
{
    [LoggerMessage(200, LogLevel.Information, "Made the root of trust domain {TrustDomain}: SHA-256 {Fingerprint}, valid until {NotAfter:O}")]
    public static partial void RootMade(ILogger logger, string trustDomain, string fingerprint, DateTimeOffset notAfter);

    [LoggerMessage(201, LogLevel.Information, "Made issuing certificate {Name}, valid until {NotAfter:O}; it issues from {ActiveFrom:O}")]
    public static partial void IssuingMade(ILogger logger, string name, DateTimeOffset notAfter, DateTimeOffset activeFrom);

    [LoggerMessage(202, LogLevel.Information, "Opened the authority of trust domain {TrustDomain}: root SHA-256 {Fingerprint}, {Issuing} issuing certificates")]
    public static partial void AuthorityOpened(ILogger logger, string trustDomain, string fingerprint, int issuing);

    [LoggerMessage(203, LogLevel.Warning, "Removed issuing certificate {Name}: it expired at {NotAfter:O}")]
    public static partial void IssuingExpired(ILogger logger, string name, DateTimeOffset notAfter);

    [LoggerMessage(204, LogLevel.Warning, "Could not make the next issuing certificate: the root key is not here, and the current one expires at {NotAfter:O}")]
    public static partial void RootKeyAbsent(ILogger logger, DateTimeOffset notAfter);

    [LoggerMessage(205, LogLevel.Information, "Checkpointed the audit log: {Checkpoint}")]
    public static partial void Checkpointed(ILogger logger, string checkpoint);

    [LoggerMessage(206, LogLevel.Information, "Made the key that signs the audit log's checkpoints: SHA-256 {KeyId}")]
    public static partial void AuditKeyMade(ILogger logger, string keyId);

    [LoggerMessage(210, LogLevel.Information, "Issued an SVID to {Id}: {Serial}, valid until {NotAfter:O}, proved by {Proof}")]
    public static partial void Issued(ILogger logger, string id, string serial, DateTimeOffset notAfter, string proof);

    [LoggerMessage(211, LogLevel.Warning, "Refused an SVID to {Peer}: {Code}")]
    public static partial void Refused(ILogger logger, string peer, string code);

    [LoggerMessage(212, LogLevel.Error, "Issued nothing: the audit log did not take the record")]
    public static partial void AuditUnavailable(ILogger logger, Exception exception);

    [LoggerMessage(213, LogLevel.Warning, "Dropped a torn last line of the spent tokens: its token was never answered")]
    public static partial void TornSpentToken(ILogger logger);

    [LoggerMessage(215, LogLevel.Error, "Could not review a service-account token ({Code}): {Reason}")]
    public static partial void ReviewFailed(ILogger logger, string code, string reason);

    [LoggerMessage(216, LogLevel.Information, "Published {Count} roots in ConfigMap {Namespace}/{Name}")]
    public static partial void BundlePublished(ILogger logger, string @namespace, string name, int count);

    [LoggerMessage(217, LogLevel.Warning, "Could not publish the roots in ConfigMap {Namespace}/{Name}, trying on: {Reason}")]
    public static partial void BundleNotPublished(ILogger logger, string @namespace, string name, string reason);

    [LoggerMessage(214, LogLevel.Error, "Issued nothing: the disk did not take the spent token")]
    public static partial void TokenNotSpent(ILogger logger, Exception exception);
}
