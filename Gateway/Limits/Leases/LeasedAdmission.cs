using Zakenak.Gateway.Identity;

namespace Zakenak.Gateway.Limits.Leases;

/// <summary>The limits' answer, after the database was asked for more where that may change it. Nothing is awaited, or allocated, where it may not.</summary>
internal static class LeasedAdmission
{
    /// <inheritdoc cref="TenantLimits.Enter"/>
    public static ValueTask<Admission> EnterAsync(this TenantLimits tenant, Client client, CancellationToken cancellation)
    {
        var admission = tenant.Enter(client);
        return admission.Result == AdmissionResult.Unleased
            ? RetryAsync(tenant, admission, (tenant, client), static s => s.tenant.Enter(s.client), cancellation)
            : new ValueTask<Admission>(admission);
    }

    /// <inheritdoc cref="TenantLimits.Reserve"/>
    public static ValueTask<Admission> ReserveAsync(this TenantLimits tenant, Client client, string model, long tokens, CancellationToken cancellation)
    {
        var admission = tenant.Reserve(client, model, tokens);
        return admission.Result == AdmissionResult.Unleased
            ? RetryAsync(tenant, admission, (tenant, client, model, tokens), static s => s.tenant.Reserve(s.client, s.model, s.tokens), cancellation)
            : new ValueTask<Admission>(admission);
    }

    /// <inheritdoc cref="TenantLimits.Change"/>
    public static ValueTask<Admission> ChangeAsync(this TenantLimits tenant, Client client, string model, long from, long to, CancellationToken cancellation)
    {
        var admission = tenant.Change(client, model, from, to);
        return admission.Result == AdmissionResult.Unleased
            ? RetryAsync(tenant, admission, (tenant, client, model, from, to), static s => s.tenant.Change(s.client, s.model, s.from, s.to), cancellation)
            : new ValueTask<Admission>(admission);
    }

    private static async ValueTask<Admission> RetryAsync<T>(
        TenantLimits tenant, Admission admission, T state, Func<T, Admission> attempt, CancellationToken cancellation)
    {
        // More than once, because others of this replica may have taken what came.
        for (var tries = 0; tries < 5 && admission.Result == AdmissionResult.Unleased && await tenant.Leases!.ExchangeAsync(cancellation); tries++)
            admission = attempt(state);
        return admission;
    }
}
