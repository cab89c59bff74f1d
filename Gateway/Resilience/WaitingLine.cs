using Zakenak.Gateway.Routing;
using Zakenak.Gateway.Routing.Replicas;

namespace Zakenak.Gateway.Resilience;

/// <summary>Requests for one version that wait for room at a replica, first come, first served. Not thread-safe: the gate's lock guards it.</summary>
internal sealed class WaitingLine
{
    private readonly LinkedList<Place> _places = new();

    public int Count => _places.Count;

    public Place? First => _places.First?.Value;

    public Place Join(ModelRoute route, in ReplicaQuestion question, ICollection<ModelServer>? tried)
    {
        var place = new Place(route, question, tried);
        place.Node = _places.AddLast(place);
        return place;
    }

    public void RemoveFirst() => _places.RemoveFirst();

    /// <summary>One request in line.</summary>
    internal sealed class Place(ModelRoute route, ReplicaQuestion question, ICollection<ModelServer>? tried)
    {
        private readonly TaskCompletionSource<ModelServer?> _given = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public LinkedListNode<Place>? Node { get; set; }

        public ModelRoute Route => route;

        public ReplicaQuestion Question => question;

        public ICollection<ModelServer>? Tried => tried;

        public Task<ModelServer?> Task => _given.Task;

        /// <summary>The replica that it got, if any.</summary>
        public ModelServer? Server { get; private set; }

        public void Give(ModelServer server)
        {
            Server = server;
            _given.SetResult(server);
        }

        /// <summary>Leaves the line; false when it was served before.</summary>
        public bool TryLeave()
        {
            if (Server is not null)
                return false;
            Node!.List!.Remove(Node);
            return true;
        }
    }
}
