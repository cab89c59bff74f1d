using Zakenak.Contracts;
using Zakenak.Gateway.State;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Identity.ApiKeys;

/// <summary>Keys that administrators made where replicas share a database.</summary>
/// <param name="state">Null where there is none.</param>
internal sealed class SharedApiKeys(SharedState<ApiKeyFile>? state) : IApiKeyLedger, IHostedService, IDisposable
{
    public bool IsConfigured => state is not null;

    public bool IsShared => true;

    /// <summary>Null as long as they could not be read.</summary>
    public IReadOnlyList<ApiKeyItem>? Current => state is null ? [] : state.Current?.Keys;

    /// <summary>Has others from now on. Called before whoever made the change is told that it is done.</summary>
    public void OnChange(Action changed)
    {
        if (state is not null)
            state.Changed += _ => changed();
    }

    public Task<Refusal?> AddAsync(ApiKeyItem item, CancellationToken cancellation) =>
        state!.ChangeAsync(file => file with { Keys = [.. file.Keys, item] }, cancellation);

    /// <summary>One of the file is taken over, revoked: the database's word comes first.</summary>
    public Task<Refusal?> RevokeAsync(ApiKeyItem item, DateTimeOffset at, CancellationToken cancellation) => state!.ChangeAsync(
        file => file.Keys.Any(k => k.Id == item.Id && k.Revoked is not null)
            ? file
            : file with { Keys = [.. file.Keys.Where(k => k.Id != item.Id), (file.Keys.FirstOrDefault(k => k.Id == item.Id) ?? item) with { Revoked = at }] },
        cancellation);

    public Task StartAsync(CancellationToken cancellationToken) => state?.StartAsync(cancellationToken) ?? Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => state?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    public void Dispose() => state?.Dispose();
}
