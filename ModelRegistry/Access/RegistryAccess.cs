using Zakenak.Contracts;
using Zakenak.ModelTrust.Policy;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelRegistry;

/// <summary>Who may read and who may write. Without a valid policy nobody writes.</summary>
internal sealed class RegistryAccess(RegistryPolicy policy, IWorkloadIdentity own)
{
    private static readonly string[] _readers = [ServiceNames.ModelServer, ServiceNames.Gateway, ServiceNames.Operator];

    private static readonly Refusal _notAllowed = new(
        StatusCodes.Status403Forbidden, "caller_not_allowed", "The policy does not let this caller do this. Its section 'registry' says who may.");

    /// <summary>The services of the suite, and whoever the policy lets write.</summary>
    public bool MayRead(SpiffeId caller) =>
        caller.TrustDomain == own.Id.TrustDomain
        && ((caller.Service is { } service && _readers.Contains(service, StringComparer.Ordinal)) || policy.Current?.Registry.Any(g => g.Identity == caller.ToString()) == true);

    /// <summary>Null where the caller may do one of these to the model.</summary>
    public Refusal? Refuse(string caller, string model, params ReadOnlySpan<string> anyOf)
    {
        if (policy.Current is not { } current)
        {
            return policy.Refusal;
        }

        foreach (var action in anyOf)
        {
            if (current.Allows(caller, action, model))
            {
                return null;
            }
        }

        return _notAllowed;
    }

    /// <summary>Null where the caller may push some model: an upload does not say yet which.</summary>
    public Refusal? RefuseUpload(string caller) =>
        policy.Current is not { } current ? policy.Refusal : current.Registry.Any(g => g.Identity == caller && g.Actions.Contains(RegistryAction.Push)) ? null : _notAllowed;
}
