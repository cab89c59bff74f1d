using System.Text;
using Zakenak.Engine.Cells;
using Zakenak.Engine.LlamaCpp.Interop;
using Zakenak.Engine.LlamaCpp.Kernels;
using Zakenak.Engine.Loading;

namespace Zakenak.Engine.LlamaCpp;

/// <summary>Makes the native model and its context, or says why not.</summary>
internal static unsafe class ModelLoading
{
    private const int MemoryMapped = 1; // LLAMA_LOAD_MODE_MMAP
    private const int NoSplit = 0; // LLAMA_SPLIT_MODE_NONE
    private const int MaxMicroBatchTokens = 512;
    private const int FlashAttention = 1; // LLAMA_FLASH_ATTN_TYPE_ENABLED
    private const int NoPooling = 0; // LLAMA_POOLING_TYPE_NONE

    public static LlamaModelHandle OpenModel(string path, EngineOptions options)
    {
        if (!File.Exists(path))
            throw new EngineException(EngineErrorCode.ModelLoadFailed, $"There is no model at {path}.");

        GpuPlacement.Check(options, CountGpus());
        var parameters = Llama.ModelDefaultParams();
        parameters.LoadMode = MemoryMapped;
        parameters.GpuLayers = options.GpuLayers ?? parameters.GpuLayers;
        if (options.MainGpu is { } main)
            (parameters.SplitMode, parameters.MainGpu) = (NoSplit, main);

        nint pointer;
        string errors;
        fixed (float* shares = GpuPlacement.Shares(options, (int)Llama.MaxDevices()))
        {
            parameters.TensorSplit = (nint)shares;
            pointer = NativeLines.WhileLoading(() => Llama.ModelLoadFromFile(path, parameters), out errors);
        }

        if (pointer == 0)
            throw LoadFailure.Of(EngineErrorCode.ModelLoadFailed, "llama.cpp could not load the model", errors);

        var model = new LlamaModelHandle(pointer);
        var obstacle = WhyUnsupported(model);
        if (obstacle is null)
            return model;

        model.Dispose();
        throw new EngineException(EngineErrorCode.ModelUnsupported, obstacle);
    }

    public static KvShape ShapeOf(LlamaModelHandle model) =>
        KvShape.Of(Llama.Width(model), Llama.Heads(model), Llama.Layers(model), Llama.KeyValueHeads(model), key => Metadata(model, key));

    public static LlamaContextHandle CreateContext(LlamaModelHandle model, EngineOptions options, bool embeddings = false)
    {
        ShapeOf(model).CheckFits(options.ContextTokens, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        var parameters = Llama.ContextDefaultParams();
        parameters.ContextTokens = (uint)options.ContextTokens;
        parameters.BatchTokens = (uint)options.BatchTokens;
        parameters.MicroBatchTokens = (uint)Math.Min(options.BatchTokens, MaxMicroBatchTokens);
        parameters.MaxSequences = (uint)options.MaxSequences;
        parameters.Threads = options.Threads;
        parameters.BatchThreads = options.Threads;
        parameters.NoPerf = 1;
        if (embeddings)
            (parameters.Embeddings, parameters.PoolingType) = (1, NoPooling);
        KernelDevice.IsOff = options.NativeKernels;
        if (!options.NativeKernels && !UsesGpu(options) && KernelDevice.TryRegister())
            parameters.FlashAttentionType = FlashAttention; // Left to itself, llama.cpp looks whether the CPU computes it, and drops it if not.
        parameters.KvUnified = 1; // Sequences share cells; without it copying a part of a sequence asserts.

        var pointer = NativeLines.WhileLoading(() => Llama.InitFromModel(model, parameters), out var errors);
        if (pointer == 0)
            throw LoadFailure.Of(EngineErrorCode.ContextFailed, "llama.cpp could not make a context", errors);

        var context = new LlamaContextHandle(pointer, model);
        if (Llama.GetMemory(context) == 0)
        {
            context.Dispose();
            throw new EngineException(EngineErrorCode.ModelUnsupported, "The model has no KV cache, as one that only makes embeddings.");
        }

        var kernels = KernelDevice.TakeCreated();
        if (Threadpool.TryCreate(options.Threads) is { } threadpool)
        {
            context.Attach(threadpool);
            kernels?.Attach(threadpool, options.Threads);
        }

        return context;
    }

    /// <summary>A value of the model's file as text, cut at 127 bytes; null where there is none.</summary>
    public static string? Metadata(LlamaModelHandle model, string key)
    {
        var buffer = stackalloc byte[128];
        var length = Llama.Metadata(model, key, buffer, 128);
        return length <= 0 ? null : Encoding.UTF8.GetString(buffer, Math.Min(length, 127));
    }

    // A cache of recurrent state can't drop or share parts of a sequence, which the scheduler builds on.
    private static string? WhyUnsupported(LlamaModelHandle model)
    {
        if (Llama.HasEncoder(model) != 0 || Llama.HasDecoder(model) == 0)
            return "The model has an encoder; only decoder models are served.";
        if (Llama.IsRecurrent(model) != 0 || Llama.IsHybrid(model) != 0)
            return "The model keeps recurrent state; only models whose state is a KV cache are served.";
        if (Llama.IsDiffusion(model) != 0)
            return "The model writes by diffusion; only models that write token after token are served.";
        return LlamaCppVocabulary.HasTokenizer(model) ? null : "The model has no tokenizer.";
    }

    private static bool UsesGpu(EngineOptions options) => options.GpuLayers != 0 && CountGpus() > 0;

    private static int CountGpus()
    {
        var gpus = 0;
        for (nuint i = 0; i < Ggml.DeviceCount(); i++)
            gpus += Ggml.DeviceType(Ggml.Device(i)) is Ggml.GpuDevice or Ggml.IntegratedGpuDevice ? 1 : 0;
        return gpus;
    }
}
