using System.Runtime.InteropServices;

namespace Zakenak.Engine.LlamaCpp.Interop;

// What ggml 0.25.1 calls of a backend that is not its own, in the order of ggml-backend-impl.h. A function that is left null is optional there.

/// <summary><c>ggml_backend_reg</c>: a library of devices.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GgmlRegistry
{
    /// <summary>The layout that these structs follow.</summary>
    public const int CurrentVersion = 2;

    public int Version;
    public delegate* unmanaged[Cdecl]<GgmlRegistry*, byte*> GetName;
    public delegate* unmanaged[Cdecl]<GgmlRegistry*, nuint> GetDeviceCount;
    public delegate* unmanaged[Cdecl]<GgmlRegistry*, nuint, GgmlDevice*> GetDevice;
    public delegate* unmanaged[Cdecl]<GgmlRegistry*, byte*, nint> GetProcAddress;
    public nint Context;
}

/// <summary><c>ggml_backend_device</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GgmlDevice
{
    public delegate* unmanaged[Cdecl]<GgmlDevice*, byte*> GetName;
    public delegate* unmanaged[Cdecl]<GgmlDevice*, byte*> GetDescription;
    public delegate* unmanaged[Cdecl]<GgmlDevice*, nuint*, nuint*, void> GetMemory;
    public delegate* unmanaged[Cdecl]<GgmlDevice*, int> GetDeviceType;
    public delegate* unmanaged[Cdecl]<GgmlDevice*, GgmlDeviceProperties*, void> GetProperties;
    public delegate* unmanaged[Cdecl]<GgmlDevice*, byte*, GgmlBackend*> InitBackend;
    public delegate* unmanaged[Cdecl]<GgmlDevice*, nint> GetBufferType;
    public nint GetHostBufferType;
    public nint BufferFromHostPointer;
    public delegate* unmanaged[Cdecl]<GgmlDevice*, GgmlTensor*, byte> SupportsOperation;
    public delegate* unmanaged[Cdecl]<GgmlDevice*, nint, byte> SupportsBufferType;
    public nint OffloadOperation;
    public nint EventNew;
    public nint EventFree;
    public nint EventSynchronize;
    public GgmlRegistry* Registry;
    public nint Context;
}

/// <summary><c>ggml_backend_dev_props</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GgmlDeviceProperties
{
    public byte* Name;
    public byte* Description;
    public nuint MemoryFree;
    public nuint MemoryTotal;
    public int DeviceType;
    public byte* DeviceId;
    public byte IsAsynchronous;
    public byte HasHostBuffer;
    public byte TakesHostPointers;
    public byte HasEvents;
    public byte MapsFiles;
}

/// <summary><c>ggml_backend</c>: a device at work for one context.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GgmlBackend
{
    public byte* Guid;
    public delegate* unmanaged[Cdecl]<GgmlBackend*, byte*> GetName;
    public delegate* unmanaged[Cdecl]<GgmlBackend*, void> Free;
    public nint SetTensorAsync;
    public nint GetTensorAsync;
    public nint SetTensor2DAsync;
    public nint GetTensor2DAsync;
    public nint CopyTensorAsync;
    public nint Synchronize;
    public nint GraphPlanCreate;
    public nint GraphPlanFree;
    public nint GraphPlanUpdate;
    public nint GraphPlanCompute;
    public delegate* unmanaged[Cdecl]<GgmlBackend*, nint, int> GraphCompute;
    public nint EventRecord;
    public nint EventWait;
    public nint GraphOptimize;
    public GgmlDevice* Device;
    public nint Context;
}
