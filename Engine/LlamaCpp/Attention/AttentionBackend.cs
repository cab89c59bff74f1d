using Zakenak.Engine.Attention;
using Zakenak.Engine.LlamaCpp.Interop;

namespace Zakenak.Engine.LlamaCpp.Attention;

/// <summary>The attentions of one context: on the thread that decodes, and from <see cref="Attach"/> on on the context's threads.</summary>
internal sealed unsafe class AttentionBackend : IDisposable
{
    private AttentionPool _pool = new(1);
    private PooledWork? _work;

    /// <summary>Lends it the threads, which outlive it.</summary>
    public void Attach(Threadpool threadpool, int threads)
    {
        if (threads == 1)
            return;
        Dispose();
        _pool = new AttentionPool(threads);
        _work = new PooledWork(_pool, threadpool);
    }

    /// <summary>Computes a node. Throws <see cref="OutOfMemoryException"/>.</summary>
    public void Compute(GgmlTensor* node)
    {
        _pool.Begin(AttentionOperation.ShapeOf(node));
        if (_work is null)
            _pool.Work(0);
        else
            _work.Run();
        _pool.End();
    }

    public void Dispose()
    {
        _work?.Dispose();
        _pool.Dispose();
    }
}
