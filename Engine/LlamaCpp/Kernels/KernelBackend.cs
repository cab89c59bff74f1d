using Zakenak.Engine.Attention;
using Zakenak.Engine.LlamaCpp.Interop;
using Zakenak.Engine.MatMul;

namespace Zakenak.Engine.LlamaCpp.Kernels;

/// <summary>Our kernels of one context: on the thread that decodes, and from <see cref="Attach"/> on on the context's threads.</summary>
internal sealed unsafe class KernelBackend : IDisposable
{
    private AttentionPool _attention = new(1);
    private MatMulPool _matMul = new(1);
    private PooledWork? _threads;

    /// <summary>Lends it the threads, which outlive it.</summary>
    public void Attach(Threadpool threadpool, int threads)
    {
        if (threads == 1)
            return;
        Dispose();
        _attention = new AttentionPool(threads);
        _matMul = new MatMulPool(threads);
        _threads = new PooledWork(threadpool, threads);
    }

    /// <summary>Computes an attention. Throws <see cref="OutOfMemoryException"/>.</summary>
    public void Attend(GgmlTensor* node)
    {
        _attention.Begin(AttentionOperation.ShapeOf(node));
        Run(_attention);
    }

    /// <summary>Computes a product. Throws <see cref="OutOfMemoryException"/>.</summary>
    public void Multiply(GgmlTensor* node)
    {
        _matMul.Begin(MatMulOperation.ShapeOf(node));
        Run(_matMul);
    }

    public void Dispose()
    {
        _threads?.Dispose();
        _attention.Dispose();
        _matMul.Dispose();
    }

    private void Run(SharedWork work)
    {
        if (_threads is null)
            work.Work(0);
        else
            _threads.Run(work);
        work.End();
    }
}
