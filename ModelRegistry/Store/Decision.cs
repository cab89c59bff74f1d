using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelRegistry;

/// <summary>What becomes of a request to change a version: a change, nothing (it is so already), or a refusal.</summary>
internal sealed record Decision(ProposedChange? Change, VersionDocument? Unchanged, Refusal? Refusal)
{
    public static implicit operator Decision(ProposedChange change) => new(change, null, null);

    public static implicit operator Decision(VersionDocument unchanged) => new(null, unchanged, null);

    public static implicit operator Decision(Refusal refusal) => new(null, null, refusal);
}
