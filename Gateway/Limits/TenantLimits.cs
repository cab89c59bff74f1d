using Zakenak.Gateway.ApiKeys;

namespace Zakenak.Gateway.Limits;

/// <summary>
/// What one tenant, its keys and its use of models took of their limits. One lock for all of them, because a request counts in all of its
/// budgets or in none: counting in one and taking it back would let parallel requests see limits that were never spent.
/// </summary>
internal sealed class TenantLimits(Func<LimitsOptions> options, TimeProvider time)
{
    /// <summary>When to come again where that depends on running requests.</summary>
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly long _minute = 60 * time.TimestampFrequency;
    private readonly Scope _tenant = new(60 * time.TimestampFrequency);
    private readonly Dictionary<string, Scope> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Scope> _models = new(StringComparer.Ordinal);

    /// <summary>Counts a request in, if the tenant's and the key's limits of requests allow it; of tokens it only says what is left.</summary>
    public Admission Enter(Client client)
    {
        var now = time.GetTimestamp();
        lock (_lock)
        {
            var key = KeyOf(client);
            var result = Smaller(_tenant.Requests, key.Requests, null, now).Remaining(now) == 0 ? AdmissionResult.TooManyRequests
                : Smaller(_tenant.Running, key.Running, null, now).Remaining(now) == 0 ? AdmissionResult.TooManyRunning
                : AdmissionResult.Admitted;
            if (result == AdmissionResult.Admitted)
            {
                Count(_tenant, now);
                Count(key, now);
            }

            return Describe(result, key, null, 0, now);
        }
    }

    /// <summary>Counts an entered request out.</summary>
    public void Leave(Client client)
    {
        lock (_lock)
        {
            _tenant.Running.Settle(1, 0, 0);
            _keys[client.KeyId].Running.Settle(1, 0, 0);
        }
    }

    /// <summary>Counts an entered request in for its model and reserves its tokens in all budgets, or changes nothing.</summary>
    /// <param name="client">As it entered.</param>
    /// <param name="model">Name of the model.</param>
    /// <param name="tokens">Upper bound of what it may take.</param>
    public Admission Reserve(Client client, string model, long tokens)
    {
        var now = time.GetTimestamp();
        lock (_lock)
        {
            var (key, used) = (KeyOf(client), ModelOf(client, model));
            var result = used.Requests.Remaining(now) == 0 ? AdmissionResult.TooManyRequests
                : used.Running.Remaining(now) == 0 ? AdmissionResult.TooManyRunning
                : Smaller(_tenant.Tokens, key.Tokens, used.Tokens, now).Remaining(now) < tokens ? AdmissionResult.TooManyTokens
                : AdmissionResult.Admitted;
            if (result == AdmissionResult.Admitted)
            {
                Count(used, now);
                Hold(key, used, tokens);
            }

            return Describe(result, key, used, tokens, now);
        }
    }

    /// <summary>Reserves other tokens in place of those that are; where they don't fit, these stay.</summary>
    public Admission Change(Client client, string model, long from, long to)
    {
        var now = time.GetTimestamp();
        lock (_lock)
        {
            var (key, used) = (_keys[client.KeyId], _models[model]);
            Hold(key, used, -from);
            var fits = Smaller(_tenant.Tokens, key.Tokens, used.Tokens, now).Remaining(now) >= to;
            Hold(key, used, fits ? to : from);
            return Describe(fits ? AdmissionResult.Admitted : AdmissionResult.TooManyTokens, key, used, to, now);
        }
    }

    /// <summary>Ends a reservation and the request's place at its model: of the tokens, this many were used.</summary>
    public void Settle(Client client, string model, long reserved, long tokens)
    {
        var now = time.GetTimestamp();
        lock (_lock)
        {
            _tenant.Tokens.Settle(reserved, tokens, now);
            _keys[client.KeyId].Tokens.Settle(reserved, tokens, now);
            var used = _models[model];
            used.Tokens.Settle(reserved, tokens, now);
            used.Running.Settle(1, 0, now);
        }
    }

    private static void Count(Scope scope, long now)
    {
        scope.Requests.Settle(0, 1, now);
        scope.Running.Hold(1);
    }

    private void Hold(Scope key, Scope model, long tokens)
    {
        _tenant.Tokens.Hold(tokens);
        key.Tokens.Hold(tokens);
        model.Tokens.Hold(tokens);
    }

    /// <summary>The one with the least left.</summary>
    private static Budget Smaller(Budget tenant, Budget key, Budget? model, long now)
    {
        var smaller = tenant.Remaining(now) < key.Remaining(now) ? tenant : key;
        return model is null || smaller.Remaining(now) < model.Remaining(now) ? smaller : model;
    }

    private Admission Describe(AdmissionResult result, Scope key, Scope? model, long tokens, long now)
    {
        var requests = Smaller(_tenant.Requests, key.Requests, model?.Requests, now);
        var budget = Smaller(_tenant.Tokens, key.Tokens, model?.Tokens, now);
        TimeSpan? after = result switch
        {
            AdmissionResult.TooManyRequests => After(requests, 1, now),
            AdmissionResult.TooManyTokens when tokens > Math.Min(Math.Min(_tenant.Tokens.Limit, key.Tokens.Limit), model?.Tokens.Limit ?? long.MaxValue) => null,
            AdmissionResult.TooManyTokens => After(budget, tokens, now),
            _ => _soon,
        };
        return new Admission(result, QuotaOf(requests, now), QuotaOf(budget, now), after);
    }

    private TimeSpan After(Budget budget, long amount, long now) =>
        budget.UntilFree(amount, now) is { } ticks ? TimeSpan.FromSeconds((double)ticks / time.TimestampFrequency) : _soon;

    private Quota QuotaOf(Budget budget, long now) =>
        new(budget.Limit, budget.Remaining(now), (budget.UntilReset(now) * 1000 + time.TimestampFrequency - 1) / time.TimestampFrequency);

    private Scope KeyOf(Client client)
    {
        if (!_keys.TryGetValue(client.KeyId, out var key))
            _keys[client.KeyId] = key = new Scope(_minute);

        // Each time, because the file of keys and the configuration are read again while requests run.
        var defaults = options();
        key.Limit(
            client.Limits?.RequestsPerMinute ?? defaults.RequestsPerMinute,
            client.Limits?.TokensPerMinute ?? defaults.TokensPerMinute,
            client.Limits?.ConcurrentRequests ?? defaults.KeyConcurrentRequests);
        _tenant.Limit(
            client.TenantLimits?.RequestsPerMinute ?? defaults.TenantRequestsPerMinute,
            client.TenantLimits?.TokensPerMinute ?? defaults.TenantTokensPerMinute,
            client.TenantLimits?.ConcurrentRequests ?? defaults.TenantConcurrentRequests);
        return key;
    }

    /// <summary>The tenant's use of a model; it is counted without limits too, for a file that is read again may bring some while requests run.</summary>
    private Scope ModelOf(Client client, string model)
    {
        if (!_models.TryGetValue(model, out var scope))
            _models[model] = scope = new Scope(_minute);
        var limits = options().LimitsOf(client, model);
        scope.Limit(limits?.RequestsPerMinute, limits?.TokensPerMinute, limits?.ConcurrentRequests);
        return scope;
    }
}
