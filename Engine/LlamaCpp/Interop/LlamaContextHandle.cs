using System.Runtime.InteropServices;

namespace Zakenak.Engine.LlamaCpp.Interop;

/// <summary>Owns a <c>llama_context</c> and the threadpool attached to it, and keeps the model alive until both are gone.</summary>
internal sealed class LlamaContextHandle : SafeHandle
{
    private readonly LlamaModelHandle _model;
    private Threadpool? _threadpool;

    public LlamaContextHandle(nint context, LlamaModelHandle model) : base(0, ownsHandle: true)
    {
        var added = false;
        model.DangerousAddRef(ref added);
        _model = model;
        SetHandle(context);
    }

    public override bool IsInvalid => handle == 0;

    public void Attach(Threadpool threadpool)
    {
        Llama.AttachThreadpool(this, threadpool.Pointer, threadpool.Pointer);
        _threadpool = threadpool;
    }

    protected override bool ReleaseHandle()
    {
        Llama.Free(handle);
        _threadpool?.Free();
        _model.DangerousRelease();
        return true;
    }
}
