using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography.X509Certificates;

namespace Zakenak.ServiceDefaults;

/// <summary>The outcome of checking a certificate: a workload's id, or the reason for refusing it.</summary>
public sealed record SvidVerdict
{
    private SvidVerdict(SpiffeId? id, DateTimeOffset notBefore, DateTimeOffset notAfter, string? refusal) =>
        (Id, NotBefore, NotAfter, Refusal) = (id, notBefore, notAfter, refusal);

    public SpiffeId? Id { get; }

    public DateTimeOffset NotBefore { get; }

    public DateTimeOffset NotAfter { get; }

    /// <summary>Why not, as an end of the sentence "refused because ...".</summary>
    public string? Refusal { get; }

    [MemberNotNullWhen(true, nameof(Id))]
    [MemberNotNullWhen(false, nameof(Refusal))]
    public bool IsAccepted => Id is not null;

    internal static SvidVerdict Accepted(SpiffeId id, X509Certificate2 leaf) => new(id, leaf.NotBefore, leaf.NotAfter, null);

    internal static SvidVerdict Refused(string reason) => new(null, default, default, reason);
}
