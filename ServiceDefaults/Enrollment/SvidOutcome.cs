using System.Diagnostics.CodeAnalysis;

namespace Zakenak.ServiceDefaults;

/// <summary>An SVID with the bundle of the moment, or why there is none.</summary>
public sealed record SvidOutcome
{
    private SvidOutcome(Svid? svid, TrustBundle? bundle, string? failure) => (Svid, Bundle, Failure) = (svid, bundle, failure);

    public Svid? Svid { get; }

    public TrustBundle? Bundle { get; }

    public string? Failure { get; }

    /// <summary>Asking again with the same proof cannot help.</summary>
    public bool IsFinal { get; private init; }

    /// <summary>No answer came, as from a machine that is too busy; one may have been on its way.</summary>
    public bool IsUnanswered { get; private init; }

    [MemberNotNullWhen(true, nameof(Svid), nameof(Bundle))]
    [MemberNotNullWhen(false, nameof(Failure))]
    public bool IsIssued => Svid is not null;

    public static SvidOutcome Issued(Svid svid, TrustBundle bundle) => new(svid, bundle, null);

    public static SvidOutcome Failed(string reason) => new(null, null, reason);

    public static SvidOutcome Refused(string reason) => new(null, null, reason) { IsFinal = true };

    public static SvidOutcome Unanswered(string reason) => new(null, null, reason) { IsUnanswered = true };
}
