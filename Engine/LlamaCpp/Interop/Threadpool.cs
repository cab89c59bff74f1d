namespace Zakenak.Engine.LlamaCpp.Interop;

/// <summary>
/// Compute threads that outlive one graph: without them ggml starts threads for every decode, which costs about a tenth. Its functions
/// are in the CPU backend that was picked for this machine, so they are looked up there.
/// </summary>
internal sealed unsafe class Threadpool
{
    private readonly nint _registry;
    private readonly delegate* unmanaged[Cdecl]<nint, void> _free;

    private Threadpool(nint pointer, nint registry, delegate* unmanaged[Cdecl]<nint, void> free)
    {
        (Pointer, _registry) = (pointer, registry);
        _free = free;
    }

    public nint Pointer { get; }

    /// <summary>Starts the threads; null if the backend has no threadpools or the system no threads to give.</summary>
    public static Threadpool? TryCreate(int threads)
    {
        var registry = Ggml.DeviceRegistry(Ggml.DeviceByType(Ggml.CpuDevice));
        var create = (delegate* unmanaged[Cdecl]<GgmlThreadpoolParams*, nint>)Ggml.RegistryProcAddress(registry, "ggml_threadpool_new");
        var free = (delegate* unmanaged[Cdecl]<nint, void>)Ggml.RegistryProcAddress(registry, "ggml_threadpool_free");
        if (create is null || free is null)
            return null;

        GgmlThreadpoolParams parameters;
        Ggml.ThreadpoolParamsInit(&parameters, threads);
        var pointer = create(&parameters);
        return pointer == 0 ? null : new Threadpool(pointer, registry, free);
    }

    /// <summary>Has a CPU backend compute on so many of them.</summary>
    public void Attach(nint backend, int threads)
    {
        ((delegate* unmanaged[Cdecl]<nint, int, void>)Ggml.RegistryProcAddress(_registry, "ggml_backend_set_n_threads"))(backend, threads);
        ((delegate* unmanaged[Cdecl]<nint, nint, void>)Ggml.RegistryProcAddress(_registry, "ggml_backend_cpu_set_threadpool"))(backend, Pointer);
    }

    public void Free() => _free(Pointer);
}
