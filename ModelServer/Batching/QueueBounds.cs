using System.Runtime.InteropServices;

namespace Zakenak.ModelServer.Batching;

/// <summary>Counts who waits, for all and for each tenant, and how fast the queue moves. Any thread.</summary>
internal sealed class QueueBounds(BatchingOptions options, TimeProvider time)
{
    // Of the last departure in the time from one to the next.
    private const double Weight = 0.2;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _byTenant = new(StringComparer.Ordinal);
    private int _count;
    private long _lastDeparture;
    private double _secondsEach;

    /// <summary>Sequences that wait.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Takes sequences of one tenant in, all or none.</summary>
    public bool TryEnter(string tenant, int count)
    {
        lock (_gate)
        {
            ref var own = ref CollectionsMarshal.GetValueRefOrAddDefault(_byTenant, tenant, out _);
            if (_count + count > options.QueueLimit || own + count > options.TenantQueueLimit)
            {
                return false;
            }

            // Time in which nobody waited says nothing about how fast the queue moves.
            _lastDeparture = _count == 0 ? time.GetTimestamp() : _lastDeparture;
            (_count, own) = (_count + count, own + count);
            return true;
        }
    }

    /// <summary>They wait no more: they run, or ended before they did.</summary>
    public void Leave(List<Sequence> departed)
    {
        lock (_gate)
        {
            foreach (var sequence in departed)
            {
                ref var own = ref CollectionsMarshal.GetValueRefOrAddDefault(_byTenant, sequence.Tenant, out _);
                _count--;
                if (--own == 0)
                {
                    _byTenant.Remove(sequence.Tenant);
                }
            }

            var now = time.GetTimestamp();
            var each = time.GetElapsedTime(_lastDeparture, now).TotalSeconds / departed.Count;
            (_lastDeparture, _secondsEach) = (now, _secondsEach == 0 ? each : _secondsEach + ((each - _secondsEach) * Weight));
        }
    }

    /// <summary>When a refused client may find room: once those that wait now are gone.</summary>
    public int RetryAfterSeconds()
    {
        lock (_gate)
        {
            return (int)Math.Clamp(Math.Ceiling(_count * _secondsEach), options.RetryAfterSeconds, 3600);
        }
    }
}
