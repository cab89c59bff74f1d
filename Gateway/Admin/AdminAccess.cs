using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Admin;

/// <summary>Who may administer: exactly the identities that are named, and nobody by an inference key.</summary>
internal sealed class AdminAccess(LiveOptions<AdminOptions> options)
{
    private static readonly Refusal _stranger = new(StatusCodes.Status403Forbidden, "caller_not_allowed",
        "This identity may not administer the gateway. Admin:Readers and Admin:Writers say who may.");

    private static readonly Refusal _reader = new(StatusCodes.Status403Forbidden, "caller_may_only_read",
        "This identity may look and not change. Admin:Writers says who may.");

    /// <summary>Null where the caller may do this.</summary>
    /// <param name="caller">As proved in the handshake.</param>
    /// <param name="changes">Whether it is more than a look.</param>
    public Refusal? Refuse(SpiffeId? caller, bool changes)
    {
        var (current, id) = (options.Current, caller?.ToString());
        if (id is null)
            return _stranger;
        if (current.Writers.Contains(id))
            return null;
        return !current.Readers.Contains(id) ? _stranger : changes ? _reader : null;
    }
}
