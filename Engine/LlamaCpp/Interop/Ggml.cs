using System.Runtime.InteropServices;

namespace Zakenak.Engine.LlamaCpp.Interop;

/// <summary>The functions of ggml 0.25.1 that the engine calls.</summary>
internal static unsafe partial class Ggml
{
    /// <summary>The library with the registry of backends.</summary>
    public const string Library = "ggml";

    /// <summary>The library that every backend stands on.</summary>
    public const string BaseLibrary = "ggml-base";

    /// <summary>A device that computes on the CPU.</summary>
    public const int CpuDevice = 0;

    /// <summary>A device that computes on a GPU with memory of its own.</summary>
    public const int GpuDevice = 1;

    /// <summary>One that shares the memory of the CPU.</summary>
    public const int IntegratedGpuDevice = 2;

    [LibraryImport(Library, EntryPoint = "ggml_backend_load", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint BackendLoad(string path);

    [LibraryImport(Library, EntryPoint = "ggml_backend_dev_by_type")]
    public static partial nint DeviceByType(int type);

    [LibraryImport(Library, EntryPoint = "ggml_backend_dev_count")]
    public static partial nuint DeviceCount();

    [LibraryImport(Library, EntryPoint = "ggml_backend_dev_get")]
    public static partial nint Device(nuint index);

    [LibraryImport(BaseLibrary, EntryPoint = "ggml_backend_dev_type")]
    public static partial int DeviceType(nint device);

    [LibraryImport(BaseLibrary, EntryPoint = "ggml_backend_dev_backend_reg")]
    public static partial nint DeviceRegistry(nint device);

    [LibraryImport(BaseLibrary, EntryPoint = "ggml_backend_reg_get_proc_address", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint RegistryProcAddress(nint registry, string name);

    [LibraryImport(BaseLibrary, EntryPoint = "ggml_threadpool_params_init")]
    public static partial void ThreadpoolParamsInit(GgmlThreadpoolParams* parameters, int threads);

    [LibraryImport(Library, EntryPoint = "ggml_backend_register")]
    public static partial void BackendRegister(GgmlRegistry* registry);

    [LibraryImport(BaseLibrary, EntryPoint = "ggml_backend_cpu_buffer_type")]
    public static partial nint CpuBufferType();

    [LibraryImport(BaseLibrary, EntryPoint = "ggml_backend_buft_is_host")]
    public static partial byte IsHostBufferType(nint bufferType);

    [LibraryImport(BaseLibrary, EntryPoint = "ggml_op_name")]
    public static partial byte* OperationName(int operation);

    [LibraryImport(BaseLibrary, EntryPoint = "ggml_graph_n_nodes")]
    public static partial int GraphNodeCount(nint graph);

    [LibraryImport(BaseLibrary, EntryPoint = "ggml_graph_node")]
    public static partial GgmlTensor* GraphNode(nint graph, int index);

    [LibraryImport(BaseLibrary, EntryPoint = "ggml_init")]
    public static partial nint Init(GgmlInitParams parameters);

    [LibraryImport(BaseLibrary, EntryPoint = "ggml_free")]
    public static partial void FreeContext(nint context);

    [LibraryImport(BaseLibrary, EntryPoint = "ggml_custom_4d")]
    public static partial GgmlTensor* Custom(
        nint context, int type, long size0, long size1, long size2, long size3, GgmlTensor** arguments, int argumentCount,
        delegate* unmanaged[Cdecl]<GgmlTensor*, int, int, nint, void> function, int tasks, nint userData);

    [LibraryImport(BaseLibrary, EntryPoint = "ggml_new_graph_custom")]
    public static partial nint NewGraph(nint context, nuint size, byte gradients);

    [LibraryImport(BaseLibrary, EntryPoint = "ggml_build_forward_expand")]
    public static partial void BuildForward(nint graph, GgmlTensor* tensor);

    [LibraryImport(BaseLibrary, EntryPoint = "ggml_backend_dev_init")]
    public static partial nint InitDevice(nint device, byte* parameters);

    [LibraryImport(BaseLibrary, EntryPoint = "ggml_backend_free")]
    public static partial void FreeBackend(nint backend);

    [LibraryImport(BaseLibrary, EntryPoint = "ggml_backend_graph_compute")]
    public static partial int ComputeGraph(nint backend, nint graph);
}
