using Zakenak.Gateway.Identity;
using Zakenak.Gateway.Limits.Leases;

namespace Zakenak.Gateway.Limits;

/// <summary>
/// What one tenant, its keys and its use of models took of their limits. One lock for all of them, because a request counts in all of its
/// budgets or in none: counting in one and taking it back would let parallel requests see limits that were never spent.
/// </summary>
/// <param name="name">The tenant's.</param>
/// <param name="options">Those in force now.</param>
/// <param name="time">Its monotonic clock is used.</param>
/// <param name="leases">Of parts of the limits; null where this replica is alone.</param>
internal sealed class TenantLimits(string name, Func<LimitsOptions> options, TimeProvider time, LimitLeases? leases)
{
    /// <summary>Fewer are not worth a look.</summary>
    private const int ManyKeys = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Scope> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Scope> _models = new(StringComparer.Ordinal);
    private int _forgetAt = ManyKeys;
    private Scope? _own;

    public LimitLeases? Leases => leases;

    /// <summary>Keys whose use is remembered.</summary>
    internal int KnownKeys => _keys.Count;

    private Scope Own => _own ??= NewScope($"tenant:{name}");

    /// <summary>Counts a request in, if the tenant's and the key's limits of requests allow it; of tokens it only says what is left.</summary>
    public Admission Enter(Client client)
    {
        var now = time.GetTimestamp();
        lock (_lock)
        {
            var key = KeyOf(client);
            var result = Result(Fits(Own.Requests, key.Requests, null, 1, now), Fits(Own.Running, key.Running, null, 1, now), Fit.Yes);
            if (result == AdmissionResult.Admitted)
            {
                Count(Own, now);
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
            Own.Running.Settle(1, 0, 0);
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
            var result = Result(used.Requests.Fits(1, now), used.Running.Fits(1, now), Fits(Own.Tokens, key.Tokens, used.Tokens, tokens, now));
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
            var (key, used) = (KeyOf(client), _models[model]);
            Hold(key, used, -from);
            var result = Result(Fit.Yes, Fit.Yes, Fits(Own.Tokens, key.Tokens, used.Tokens, to, now));
            Hold(key, used, result == AdmissionResult.Admitted ? to : from);
            return Describe(result, key, used, to, now);
        }
    }

    /// <summary>Ends a reservation and the request's place at its model: of the tokens, this many were used.</summary>
    public void Settle(Client client, string model, long reserved, long tokens)
    {
        var now = time.GetTimestamp();
        lock (_lock)
        {
            Own.Tokens.Settle(reserved, tokens, now);
            KeyOf(client).Tokens.Settle(reserved, tokens, now);
            var used = _models[model];
            used.Tokens.Settle(reserved, tokens, now);
            used.Running.Settle(1, 0, now);
        }
    }

    private static AdmissionResult Result(Fit requests, Fit running, Fit tokens) =>
        requests == Fit.No ? AdmissionResult.TooManyRequests
        : running == Fit.No ? AdmissionResult.TooManyRunning
        : tokens == Fit.No ? AdmissionResult.TooManyTokens
        : requests == Fit.Perhaps || running == Fit.Perhaps || tokens == Fit.Perhaps ? AdmissionResult.Unleased
        : AdmissionResult.Admitted;

    /// <summary>The worst of them; each is asked, so that each takes in what is wanted.</summary>
    private static Fit Fits(Budget tenant, Budget key, Budget? model, long amount, long now)
    {
        var (ofTenant, ofKey, ofModel) = (tenant.Fits(amount, now), key.Fits(amount, now), model?.Fits(amount, now) ?? Fit.Yes);
        return (Fit)Math.Max((int)ofTenant, Math.Max((int)ofKey, (int)ofModel));
    }

    private static void Count(Scope scope, long now)
    {
        scope.Requests.Settle(0, 1, now);
        scope.Running.Hold(1);
    }

    private void Hold(Scope key, Scope model, long tokens)
    {
        Own.Tokens.Hold(tokens);
        key.Tokens.Hold(tokens);
        model.Tokens.Hold(tokens);
    }

    private Admission Describe(AdmissionResult result, Scope key, Scope? model, long tokens, long now) => Admission.Of(
        result,
        Smaller(Own.Requests, key.Requests, model?.Requests, now),
        Smaller(Own.Tokens, key.Tokens, model?.Tokens, now),
        tokens,
        least: Math.Min(Math.Min(Own.Tokens.Limit, key.Tokens.Limit), model?.Tokens.Limit ?? long.MaxValue),
        now,
        time.TimestampFrequency);

    /// <summary>The one with the least left.</summary>
    private static Budget Smaller(Budget tenant, Budget key, Budget? model, long now)
    {
        var smaller = tenant.Remaining(now) < key.Remaining(now) ? tenant : key;
        return model is null || smaller.Remaining(now) < model.Remaining(now) ? smaller : model;
    }

    private Scope KeyOf(Client client)
    {
        if (!_keys.TryGetValue(client.KeyId, out var key))
        {
            ForgetIdle();
            _keys[client.KeyId] = key = NewScope($"key:{name}/{client.KeyId}");
        }

        // Each time, because the file of keys and the configuration are read again while requests run.
        options().Put(client, Own, key);
        return key;
    }

    /// <summary>
    /// An identity provider has as many subjects as it likes: of those that used nothing within the last minute nothing is remembered. The
    /// next look is when there are twice as many, so that looking costs little.
    /// </summary>
    private void ForgetIdle()
    {
        if (_keys.Count < _forgetAt)
            return;
        var now = time.GetTimestamp();
        foreach (var (id, key) in _keys)
        {
            if (!key.IsIdle(now))
                continue;
            key.Retire();
            _keys.Remove(id);
        }

        _forgetAt = Math.Max(ManyKeys, 2 * _keys.Count);
    }

    /// <summary>The tenant's use of a model; it is counted without limits too, for a file that is read again may bring some while requests run.</summary>
    private Scope ModelOf(Client client, string model)
    {
        if (!_models.TryGetValue(model, out var scope))
            _models[model] = scope = NewScope($"model:{name}/{model}");
        var limits = options().LimitsOf(client, model);
        scope.Limit(limits?.RequestsPerMinute, limits?.TokensPerMinute, limits?.ConcurrentRequests);
        return scope;
    }

    private Scope NewScope(string scope) => new(scope, time.TicksOf(LimitsOptions.Window), _lock, leases?.Book);
}
