namespace Zakenak.Gateway.Routing;

/// <summary>A version and the replicas that serve it.</summary>
internal sealed class ModelRoute(ModelVersion model, ModelServer[] servers)
{
    private uint _turn;

    public ModelVersion Model => model;

    /// <summary>In the order of configuration; never empty.</summary>
    public ReadOnlySpan<ModelServer> Servers => servers;

    /// <summary>Counts the choices among its replicas.</summary>
    public uint NextTurn() => Interlocked.Increment(ref _turn);
}
