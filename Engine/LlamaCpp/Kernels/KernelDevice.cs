using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Zakenak.Engine.LlamaCpp.Interop;

namespace Zakenak.Engine.LlamaCpp.Kernels;

/// <summary>
/// Our kernels as a device of ggml's, of the kind that its BLAS is: it computes two operations on memory of the CPU's, and ggml gives it
/// every such node that <see cref="AttentionOperation.IsSupported"/> or <see cref="MatMulOperation.IsSupported"/> takes. ggml's own attention
/// walks over all used cells for each token, of whatever sequence they are; ours only over those that the token sees. Its products of
/// q8_0 weights make bytes of the vectors too and scale each block's sum; ours take half the instructions.
/// </summary>
internal static unsafe class KernelDevice
{
    private const int Accelerator = 3; // GGML_BACKEND_DEVICE_TYPE_ACCEL
    private const int Success = 0;
    private const int Failed = -1;

    private static readonly Lock Gate = new();
    private static readonly byte* Name = (byte*)Marshal.StringToCoTaskMemUTF8("Kernels");
    private static readonly byte* Description = (byte*)Marshal.StringToCoTaskMemUTF8("attention and matrix products");
    private static GgmlDevice* _device;
    private static int _attention;
    private static int _matMul;

    [ThreadStatic]
    private static long _computed;

    [ThreadStatic]
    private static bool _isOff;

    [ThreadStatic]
    private static KernelBackend? _created;

    /// <summary>Attentions that decodes of this thread had computed here.</summary>
    public static long Computed => _computed;

    /// <summary>Whether graphs that this thread builds are left to ggml's own kernels.</summary>
    public static bool IsOff
    {
        set => _isOff = value;
    }

    /// <summary>What ggml made of it for the context that this thread made last; null for none, and when it was taken already.</summary>
    public static KernelBackend? TakeCreated()
    {
        var created = _created;
        _created = null;
        return created;
    }

    /// <summary>Registers it, once; false where this processor lacks what the kernels need.</summary>
    public static bool TryRegister()
    {
        if (!Vectors.IsSupported)
            return false;

        lock (Gate)
        {
            if (_device is null)
                Ggml.BackendRegister(Create());
            return true;
        }
    }

    private static GgmlRegistry* Create()
    {
        _attention = OperationOf("FLASH_ATTN_EXT");
        _matMul = OperationOf("MUL_MAT");

        var registry = Allocate<GgmlRegistry>();
        registry->Version = GgmlRegistry.CurrentVersion;
        registry->GetName = &RegistryName;
        registry->GetDeviceCount = &DeviceCount;
        registry->GetDevice = &Device;

        _device = Allocate<GgmlDevice>();
        _device->GetName = &DeviceName;
        _device->GetDescription = &DeviceDescription;
        _device->GetMemory = &DeviceMemory;
        _device->GetDeviceType = &DeviceType;
        _device->GetProperties = &DeviceProperties;
        _device->InitBackend = &InitBackend;
        _device->GetBufferType = &BufferType;
        _device->SupportsOperation = &SupportsOperation;
        _device->SupportsBufferType = &SupportsBufferType;
        _device->Registry = registry;
        return registry;
    }

    private static int OperationOf(string name)
    {
        var operation = 0;
        while (Marshal.PtrToStringUTF8((nint)Ggml.OperationName(operation)) != name)
            operation++;
        return operation;
    }

    private static T* Allocate<T>() where T : unmanaged => (T*)NativeMemory.AllocZeroed((nuint)sizeof(T));

    private static KernelBackend Of(GgmlBackend* backend) => (KernelBackend)GCHandle.FromIntPtr(backend->Context).Target!;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte* RegistryName(GgmlRegistry* registry) => Name;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nuint DeviceCount(GgmlRegistry* registry) => 1;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static GgmlDevice* Device(GgmlRegistry* registry, nuint index) => _device;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte* DeviceName(GgmlDevice* device) => Name;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte* DeviceDescription(GgmlDevice* device) => Description;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void DeviceMemory(GgmlDevice* device, nuint* free, nuint* total) => *free = *total = 0;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int DeviceType(GgmlDevice* device) => Accelerator;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void DeviceProperties(GgmlDevice* device, GgmlDeviceProperties* properties) =>
        *properties = new GgmlDeviceProperties { Name = Name, Description = Description, DeviceType = Accelerator };

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint BufferType(GgmlDevice* device) => Ggml.CpuBufferType();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte SupportsOperation(GgmlDevice* device, GgmlTensor* node) =>
        (byte)(!_isOff && ((node->Operation == _attention && AttentionOperation.IsSupported(node))
            || (node->Operation == _matMul && MatMulOperation.IsSupported(node))) ? 1 : 0);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte SupportsBufferType(GgmlDevice* device, nint bufferType) => Ggml.IsHostBufferType(bufferType);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static GgmlBackend* InitBackend(GgmlDevice* device, byte* parameters)
    {
        var backend = Allocate<GgmlBackend>();
        backend->Guid = (byte*)NativeMemory.AllocZeroed(16);
        backend->GetName = &BackendName;
        backend->Free = &FreeBackend;
        backend->GraphCompute = &Compute;
        backend->Device = device;
        _created = new KernelBackend();
        backend->Context = GCHandle.ToIntPtr(GCHandle.Alloc(_created));
        return backend;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte* BackendName(GgmlBackend* backend) => Name;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void FreeBackend(GgmlBackend* backend)
    {
        Of(backend).Dispose();
        GCHandle.FromIntPtr(backend->Context).Free();
        NativeMemory.Free(backend->Guid);
        NativeMemory.Free(backend);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Compute(GgmlBackend* backend, nint graph)
    {
        // No exception may leave: native frames lie above.
        try
        {
            var kernels = Of(backend);
            for (var i = 0; i < Ggml.GraphNodeCount(graph); i++)
            {
                var node = Ggml.GraphNode(graph, i);
                if (node->Operation == _attention)
                {
                    kernels.Attend(node);
                    _computed++;
                }
                else if (node->Operation == _matMul)
                {
                    kernels.Multiply(node);
                }
            }

            return Success;
        }
        catch (OutOfMemoryException)
        {
            return Failed;
        }
    }
}
