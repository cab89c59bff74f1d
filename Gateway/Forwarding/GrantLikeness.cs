using System.Runtime.CompilerServices;
using Zakenak.Gateway.Identity;
using Zakenak.Gateway.Routing;

namespace Zakenak.Gateway.Forwarding;

/// <summary>All that tells the grants of one moment apart. A client and a version are the same only as the same object: what was read again may differ.</summary>
internal readonly record struct GrantLikeness(Client Client, ModelVersion Model, int? MaxTokens, int? MaxCompletionTokens)
{
    public bool Equals(GrantLikeness other) => ReferenceEquals(Client, other.Client) && ReferenceEquals(Model, other.Model)
        && MaxTokens == other.MaxTokens && MaxCompletionTokens == other.MaxCompletionTokens;

    public override int GetHashCode() => HashCode.Combine(RuntimeHelpers.GetHashCode(Client), RuntimeHelpers.GetHashCode(Model), MaxTokens, MaxCompletionTokens);
}
