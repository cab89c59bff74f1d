using EmbeddedHost.Processes;

namespace EmbeddedHost.Orchestration;

/// <summary>
/// Hands out ports that nobody listens on, from below the range (usually from 32768 up) out of which the kernel takes ports for outgoing
/// connections: one of those could take the port between now and the moment the process listens on it.
/// </summary>
internal sealed class FreePorts(Random random)
{
    private const int Lowest = 20000;
    private const int Highest = 32000;

    private readonly HashSet<int> _taken = [];

    public int Next()
    {
        for (var attempt = 0; attempt < 1000; attempt++)
        {
            var port = random.Next(Lowest, Highest);
            if (_taken.Add(port) && PortOwner.IsFree(port))
                return port;
        }

        throw new InvalidOperationException($"No free TCP port was found between {Lowest} and {Highest}.");
    }
}
