using System.Text;
using LLama.Exceptions;
using LLama.Native;
using Zakenak.Engine.Cells;
using Zakenak.Engine.Loading;

namespace Zakenak.Engine.LLamaSharp;

/// <summary>Makes the native model and its context by LLamaSharp, or says why not.</summary>
internal static unsafe class LLamaSharpModel
{
    private const int MaxMicroBatchTokens = 512;

    public static SafeLlamaModelHandle Open(string path, EngineOptions options)
    {
        if (!File.Exists(path))
            throw new EngineException(EngineErrorCode.ModelLoadFailed, $"There is no model at {path}.");

        GpuPlacement.Check(options, LLamaSharpLibrary.CountGpus());
        var parameters = LLamaModelParams.Default();
        parameters.use_mmap = true;
        parameters.n_gpu_layers = options.GpuLayers ?? parameters.n_gpu_layers;
        if (options.MainGpu is { } main)
            (parameters.split_mode, parameters.main_gpu) = (GPUSplitMode.None, main);

        SafeLlamaModelHandle? model;
        string errors;
        fixed (float* shares = GpuPlacement.Shares(options, (int)NativeApi.llama_max_devices()))
        {
            parameters.tensor_split = shares;
            model = NativeLines.WhileLoading(() => TryLoad(path, parameters), out errors);
        }

        if (model is null)
            throw LoadFailure.Of(EngineErrorCode.ModelLoadFailed, "llama.cpp could not load the model", errors);
        if (WhyUnsupported(model) is not { } obstacle)
            return model;

        model.Dispose();
        throw new EngineException(EngineErrorCode.ModelUnsupported, obstacle);
    }

    public static SafeLLamaContextHandle CreateContext(SafeLlamaModelHandle model, EngineOptions options)
    {
        var metadata = Metadata(model);
        KvShape.Of(model.EmbeddingSize, model.HeadCount, model.LayerCount, model.KVHeadCount, metadata.GetValueOrDefault)
            .CheckFits(options.ContextTokens, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

        var parameters = LLamaContextParams.Default();
        parameters.n_ctx = (uint)options.ContextTokens;
        parameters.n_batch = (uint)options.BatchTokens;
        parameters.n_ubatch = (uint)Math.Min(options.BatchTokens, MaxMicroBatchTokens);
        parameters.n_seq_max = (uint)options.MaxSequences;
        parameters.n_threads = options.Threads;
        parameters.n_threads_batch = options.Threads;
        parameters.no_perf = true;
        parameters.kv_unified = true; // Sequences share cells; without it copying a part of a sequence asserts.

        var context = NativeLines.WhileLoading(() => SafeLLamaContextHandle.Create(model, parameters), out var errors);
        if (!context.IsInvalid)
            return context;

        // Create has counted a reference on the model, which only the release of a context that was made gives back.
        model.DangerousRelease();
        throw LoadFailure.Of(EngineErrorCode.ContextFailed, "llama.cpp could not make a context", errors);
    }

    private static SafeLlamaModelHandle? TryLoad(string path, LLamaModelParams parameters)
    {
        try
        {
            return SafeLlamaModelHandle.LoadFromFile(path, parameters);
        }
        catch (LoadWeightsFailedException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngineException(EngineErrorCode.ModelLoadFailed, $"The model at {path} could not be read: {e.Message}", e);
        }
    }

    // Hybrid models, which LLamaSharp can't ask about, are found out by the warm-up: their state can't be taken back by a token.
    private static string? WhyUnsupported(SafeLlamaModelHandle model)
    {
        if (model.HasEncoder || !model.HasDecoder)
            return "The model has an encoder; only decoder models are served.";
        if (model.IsRecurrent)
            return "The model keeps recurrent state; only models whose state is a KV cache are served.";
        if (model.IsDiffusion)
            return "The model writes by diffusion; only models that write token after token are served.";
        return model.Vocab.Type == LLamaVocabType.None ? "The model has no tokenizer." : null;
    }

    // By index: LLamaSharp's look-up by key passes the key without the zero that ends it.
    private static Dictionary<string, string> Metadata(SafeLlamaModelHandle model)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < model.MetadataCount; i++)
        {
            if (model.MetadataKeyByIndex(i) is { } key && model.MetadataValueByIndex(i) is { } value)
                metadata[Encoding.UTF8.GetString(key.Span)] = Encoding.UTF8.GetString(value.Span);
        }

        return metadata;
    }
}
