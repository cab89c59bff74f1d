using System.Diagnostics.CodeAnalysis;

namespace Zakenak.ServiceDefaults;

/// <summary>An SVID with the bundle of the moment, or why there is none.</summary>
public sealed record SvidOutcome
{
    private SvidOutcome(Svid? svid, TrustBundle? bundle, string? failure, bool isFinal) =>
        (Svid, Bundle, Failure, IsFinal) = (svid, bundle, failure, isFinal);

    public Svid? Svid { get; }

    public TrustBundle? Bundle { get; }

    public string? Failure { get; }

    /// <summary>Asking again with the same proof cannot help.</summary>
    public bool IsFinal { get; }

    [MemberNotNullWhen(true, nameof(Svid), nameof(Bundle))]
    [MemberNotNullWhen(false, nameof(Failure))]
    public bool IsIssued => Svid is not null;

    public static SvidOutcome Issued(Svid svid, TrustBundle bundle) => new(svid, bundle, null, false);

    public static SvidOutcome Failed(string reason) => new(null, null, reason, false);

    public static SvidOutcome Refused(string reason) => new(null, null, reason, true);
}
