using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Zakenak.Engine.Attention;
using Zakenak.Engine.LlamaCpp.Interop;

namespace Zakenak.Engine.LlamaCpp.Attention;

/// <summary>
/// Work on the compute threads of a context: a graph of one node, which ggml's own CPU backend computes on them. Threads of our own would
/// share the cores with those, which spin between two graphs.
/// </summary>
internal sealed unsafe class PooledWork : IDisposable
{
    private const nuint GraphBytes = 1 << 16;
    private const nuint GraphNodes = 8;
    private const int OnAllThreads = -1; // GGML_N_TASKS_MAX

    private readonly AttentionPool _pool;
    private readonly GCHandle _self;
    private readonly nint _backend;
    private readonly nint _context;
    private readonly nint _graph;

    /// <summary>Lives no longer than the threads.</summary>
    public PooledWork(AttentionPool pool, Threadpool threads)
    {
        _pool = pool;
        _self = GCHandle.Alloc(pool);
        _backend = Ggml.InitDevice(Ggml.DeviceByType(Ggml.CpuDevice), null);
        threads.Attach(_backend, pool.Threads);
        _context = Ggml.Init(new GgmlInitParams { MemorySize = GraphBytes });
        var node = Ggml.Custom(_context, type: 0, 1, 1, 1, 1, null, 0, &Work, OnAllThreads, GCHandle.ToIntPtr(_self));
        _graph = Ggml.NewGraph(_context, GraphNodes, gradients: 0);
        Ggml.BuildForward(_graph, node);
    }

    /// <summary>Has every thread work and returns when all are done.</summary>
    public void Run()
    {
        // Should the graph fail, the work is done here.
        if (Ggml.ComputeGraph(_backend, _graph) != 0)
            _pool.Work(0);
    }

    public void Dispose()
    {
        Ggml.FreeBackend(_backend);
        Ggml.FreeContext(_context);
        _self.Free();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Work(GgmlTensor* node, int thread, int threads, nint pool) => ((AttentionPool)GCHandle.FromIntPtr(pool).Target!).Work(thread);
}
