using Zakenak.Engine.LlamaCpp.Interop;

namespace Zakenak.Engine.LlamaCpp;

/// <summary>Makes the native model and its context, or says why not.</summary>
internal static class ModelLoading
{
    private const int MemoryMapped = 1; // LLAMA_LOAD_MODE_MMAP
    private const int MaxMicroBatchTokens = 512;

    public static LlamaModelHandle OpenModel(string path)
    {
        if (!File.Exists(path))
            throw new EngineException(EngineErrorCode.ModelLoadFailed, $"There is no model at {path}.");

        var parameters = Llama.ModelDefaultParams();
        parameters.LoadMode = MemoryMapped;
        var pointer = LlamaLog.WhileLoading(() => Llama.ModelLoadFromFile(path, parameters), out var errors);
        if (pointer == 0)
            throw Failed(EngineErrorCode.ModelLoadFailed, "llama.cpp could not load the model", errors);

        var model = new LlamaModelHandle(pointer);
        var obstacle = WhyUnsupported(model);
        if (obstacle is null)
            return model;

        model.Dispose();
        throw new EngineException(EngineErrorCode.ModelUnsupported, obstacle);
    }

    public static LlamaContextHandle CreateContext(LlamaModelHandle model, EngineOptions options)
    {
        KvMemory.CheckFits(model, options.ContextTokens, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        var parameters = Llama.ContextDefaultParams();
        parameters.ContextTokens = (uint)options.ContextTokens;
        parameters.BatchTokens = (uint)options.BatchTokens;
        parameters.MicroBatchTokens = (uint)Math.Min(options.BatchTokens, MaxMicroBatchTokens);
        parameters.MaxSequences = (uint)options.MaxSequences;
        parameters.Threads = options.Threads;
        parameters.BatchThreads = options.Threads;
        parameters.NoPerf = 1;
        parameters.KvUnified = 1; // Sequences share cells; without it copying a part of a sequence asserts.

        var pointer = LlamaLog.WhileLoading(() => Llama.InitFromModel(model, parameters), out var errors);
        if (pointer == 0)
            throw Failed(EngineErrorCode.ContextFailed, "llama.cpp could not make a context", errors);

        var context = new LlamaContextHandle(pointer, model);
        if (Llama.GetMemory(context) == 0)
        {
            context.Dispose();
            throw new EngineException(EngineErrorCode.ModelUnsupported, "The model has no KV cache, as one that only makes embeddings.");
        }

        if (Threadpool.TryCreate(options.Threads) is { } threadpool)
            context.Attach(threadpool);
        return context;
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
        return new Vocabulary(model).HasTokenizer ? null : "The model has no tokenizer.";
    }

    private static EngineException Failed(string code, string what, string errors)
    {
        var memory = errors.Contains("failed to allocate", StringComparison.Ordinal) || errors.Contains("unable to allocate", StringComparison.Ordinal)
            || errors.Contains("bad_alloc", StringComparison.Ordinal) || errors.Contains("Cannot allocate memory", StringComparison.Ordinal);
        return new EngineException(memory ? EngineErrorCode.OutOfMemory : code, errors.Length > 0 ? $"{what}: {errors}" : $"{what}.");
    }
}
