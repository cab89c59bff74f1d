using System.Collections;
using Microsoft.Extensions.Options;

namespace Zakenak.Gateway.Routing;

/// <summary>The replicas, in the order of the configuration: those at fixed addresses, and those that names lead to now.</summary>
internal sealed class ModelServers : IReadOnlyList<ModelServer>
{
    private readonly Lock _update = new();
    private readonly TimeProvider _time;
    private readonly ModelServer[]?[] _entries;
    private volatile ModelServer[] _all;
    private volatile TaskCompletionSource _changed = NewChange();
    private volatile bool _wereAsked;

    public ModelServers(IOptions<ModelServersOptions> options, TimeProvider time)
    {
        _time = time;
        Names = [.. options.Value.Urls.Select(ReplicaName.TryParse)];
        _entries = [.. options.Value.Urls.Select((url, i) => Names[i] is null ? new[] { new ModelServer(new Uri(url), time) } : null)];
        _all = Flatten();
    }

    /// <summary>The names among the entries of the configuration; null for an entry that is an address.</summary>
    public IReadOnlyList<ReplicaName?> Names { get; }

    public int Count => _all.Length;

    public ModelServer this[int index] => _all[index];

    /// <summary>Ends when replicas come or go.</summary>
    public Task Changed => _changed.Task;

    /// <summary>Whether every name was looked up and every replica asked, once. Those that come later change nothing about that.</summary>
    public bool WereAsked => _wereAsked || (_wereAsked = _entries.All(e => e is not null && e.All(s => s.WasAsked)));

    public IEnumerator<ModelServer> GetEnumerator() => ((IEnumerable<ModelServer>)_all).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Takes over where an entry's name leads now; null when that is not known.</summary>
    /// <returns>Who came and who went; those that stay are the same objects.</returns>
    public (IReadOnlyList<ModelServer> Came, IReadOnlyList<ModelServer> Went) Update(int entry, IReadOnlyList<Uri>? addresses)
    {
        lock (_update)
        {
            var before = _entries[entry] ?? [];

            // A name that can't be looked up, or leads nowhere, says nothing about those that still answer: they are asked themselves.
            ModelServer[] now = addresses is { Count: > 0 }
                ? [.. addresses.Select(a => before.FirstOrDefault(s => s.Address == a) ?? new ModelServer(a, _time, Names[entry]))]
                : addresses is null ? before : [.. before.Where(s => s.Models is not null)];
            _entries[entry] = now;
            ModelServer[] came = [.. now.Except(before)], went = [.. before.Except(now)];
            if (came.Length + went.Length > 0)
            {
                _all = Flatten();
                (var fired, _changed) = (_changed, NewChange());
                fired.SetResult();
            }

            return (came, went);
        }
    }

    private ModelServer[] Flatten() => [.. _entries.SelectMany(e => e ?? [])];

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
