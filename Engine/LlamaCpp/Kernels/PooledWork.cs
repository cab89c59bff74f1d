using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Zakenak.Engine.LlamaCpp.Interop;

namespace Zakenak.Engine.LlamaCpp.Kernels;

/// <summary>
/// Work on the compute threads of a context: a graph of one node, which ggml's own CPU backend computes on them. Threads of our own would
/// share the cores with those, which spin between two graphs.
/// </summary>
internal sealed unsafe class PooledWork : IDisposable
{
    private const nuint GraphBytes = 1 << 16;
    private const nuint GraphNodes = 8;
    private const int OnAllThreads = -1; // GGML_N_TASKS_MAX

    private readonly GCHandle _self;
    private readonly nint _backend;
    private readonly nint _context;
    private readonly nint _graph;
    private SharedWork? _work;

    /// <summary>Lives no longer than the threads.</summary>
    public PooledWork(Threadpool threadpool, int threads)
    {
        _self = GCHandle.Alloc(this);
        _backend = Ggml.InitDevice(Ggml.DeviceByType(Ggml.CpuDevice), null);
        threadpool.Attach(_backend, threads);
        _context = Ggml.Init(new GgmlInitParams { MemorySize = GraphBytes });
        var node = Ggml.Custom(_context, type: 0, 1, 1, 1, 1, null, 0, &OnThread, OnAllThreads, GCHandle.ToIntPtr(_self));
        _graph = Ggml.NewGraph(_context, GraphNodes, gradients: 0);
        Ggml.BuildForward(_graph, node);
    }

    /// <summary>Has every thread work and returns when all are done.</summary>
    public void Run(SharedWork work)
    {
        _work = work;

        // Should the graph fail, the work is done here.
        if (Ggml.ComputeGraph(_backend, _graph) != 0)
            work.Work(0);
    }

    public void Dispose()
    {
        Ggml.FreeBackend(_backend);
        Ggml.FreeContext(_context);
        _self.Free();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnThread(GgmlTensor* node, int thread, int threads, nint self) => ((PooledWork)GCHandle.FromIntPtr(self).Target!)._work!.Work(thread);
}
