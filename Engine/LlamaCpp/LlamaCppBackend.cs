using System.ComponentModel.DataAnnotations;
using System.Runtime.InteropServices;
using System.Text;
using Zakenak.Engine.LlamaCpp.Interop;
using Zakenak.Engine.LlamaCpp.Kernels;
using Zakenak.Engine.Loading;
using Zakenak.Engine.Sampling;
using Zakenak.Engine.Tokens;

namespace Zakenak.Engine.LlamaCpp;

/// <summary><see cref="ILlamaBackend"/> over our own P/Invoke of llama.cpp.</summary>
public sealed unsafe class LlamaCppBackend : LlamaBackend, IEmbeddingBackend
{
    private readonly LlamaModelHandle _model;
    private readonly LlamaContextHandle _context;
    private readonly DecodeBatch _batch;
    private readonly int _vocabularySize;
    private readonly NativeLog? _log;
    private readonly bool _nativeKernels;

    private LlamaCppBackend(LlamaModelHandle model, LlamaContextHandle context, LlamaCppVocabulary vocabulary, EngineOptions options, NativeLog? log)
        : base(Describe(model, vocabulary), vocabulary, new LlamaCppMemory(context), options, (int)Llama.ContextTokens(context), (int)Llama.BatchTokens(context), log)
    {
        (_model, _context, _vocabularySize, _log, _nativeKernels) = (model, context, vocabulary.Size, log, options.NativeKernels);
        Embeddings = LlamaCppEmbedder.FormOf(model, vocabulary);
        _batch = new DecodeBatch(BatchTokens, _nativeKernels);
    }

    /// <inheritdoc/>
    public EmbeddingForm? Embeddings { get; }

    /// <summary>
    /// Loads a model, makes its context and warms it up. <paramref name="modelPath"/> may be <c>/proc/self/fd/N</c> of a sealed memory
    /// file, which must stay open until this returns; the weights are mapped from it. Throws <see cref="EngineException"/>, and
    /// <see cref="ValidationException"/> for options out of range.
    /// </summary>
    public static LlamaCppBackend Load(EngineOptions options, string modelPath, NativeLog? log = null)
    {
        Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true);
        NativeLibraries.EnsureLoaded(options.NativeDirectory);
        NativeLines.Use(log);
        LlamaModelHandle? model = null;
        LlamaContextHandle? context = null;
        try
        {
            model = ModelLoading.OpenModel(modelPath, options);
            context = ModelLoading.CreateContext(model, options);
            var backend = new LlamaCppBackend(model, context, new LlamaCppVocabulary(model), options, log);
            var computed = KernelDevice.Computed;
            backend.WarmUp();
            backend.Model = backend.Model with { ScansAllCells = KernelDevice.Computed == computed };
            return backend;
        }
        catch
        {
            context?.Dispose();
            model?.Dispose();
            throw;
        }
        finally
        {
            NativeLines.Use(null);
        }
    }

    /// <inheritdoc/>
    public IEmbedder CreateEmbedder(int maxTokens, int threads) => Embeddings is { } form
        ? new LlamaCppEmbedder(_model, form, _vocabularySize, maxTokens, threads, _nativeKernels, _log)
        : throw new EngineException(EngineErrorCode.ModelUnsupported, "The model makes no embeddings.");

    private protected override DecodeStatus DecodeNative(ReadOnlySpan<BatchToken> batch) => _batch.Decode(_context, batch);

    private protected override NativeSampler NewChain() => LlamaCppSampler.NewChain();

    private protected override int SampleNative(NativeSampler chain, int batchIndex) => Llama.SamplerSample(((LlamaCppSampler)chain).Handle, _context, batchIndex);

    private protected override ReadOnlySpan<float> Logits(int batchIndex) => new(Llama.Logits(_context, batchIndex), _vocabularySize);

    private protected override void Release()
    {
        _context.Dispose();
        _model.Dispose();
    }

    private static ModelInfo Describe(LlamaModelHandle model, Vocabulary vocabulary) =>
        new(Description(model), (long)Llama.Parameters(model), vocabulary.Size, Llama.TrainedContextTokens(model), vocabulary.BeginOfSequence)
        {
            Layers = Llama.Layers(model),
            Width = Llama.Width(model),
            ChatTemplate = Marshal.PtrToStringUTF8((nint)Llama.ChatTemplate(model, null)),
            ToolChatTemplate = Marshal.PtrToStringUTF8((nint)Llama.ChatTemplate(model, "tool_use")),
            BeginText = vocabulary.BeginText,
            EndText = vocabulary.EndText,
        };

    private static string Description(LlamaModelHandle model)
    {
        Span<byte> buffer = stackalloc byte[256];
        fixed (byte* pointer = buffer)
        {
            var length = Llama.Description(model, pointer, (nuint)buffer.Length);
            return Encoding.UTF8.GetString(buffer[..Math.Clamp(length, 0, buffer.Length - 1)]);
        }
    }
}
