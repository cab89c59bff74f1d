using System.ComponentModel.DataAnnotations;
using LLama.Native;
using Zakenak.Engine.Loading;
using Zakenak.Engine.Sampling;
using Zakenak.Engine.Tokens;

namespace Zakenak.Engine.LLamaSharp;

/// <summary>
/// <see cref="ILlamaBackend"/> over LLamaSharp 0.28.0. Its decode takes a lock that all contexts of the process share, pins an array for
/// each token of the batch, and has no threadpool of its own: this adapter is there for its native libraries, above all CUDA's.
/// </summary>
public sealed class LLamaSharpBackend : LlamaBackend
{
    private readonly SafeLlamaModelHandle _model;
    private readonly SafeLLamaContextHandle _context;
    private readonly LLamaBatch _batch = new();

    private LLamaSharpBackend(SafeLlamaModelHandle model, SafeLLamaContextHandle context, LLamaSharpVocabulary vocabulary, EngineOptions options, NativeLog? log)
        : base(Describe(model, vocabulary), vocabulary, new LLamaSharpMemory(context), options, (int)context.ContextSize, (int)context.BatchSize, log) =>
        (_model, _context) = (model, context);

    /// <summary>
    /// Loads a model, makes its context and warms it up. <paramref name="modelPath"/> may be <c>/proc/self/fd/N</c> of a sealed memory
    /// file, which must stay open until this returns; the weights are mapped from it. Throws <see cref="EngineException"/>, and
    /// <see cref="ValidationException"/> for options out of range.
    /// </summary>
    public static LLamaSharpBackend Load(EngineOptions options, string modelPath, NativeLog? log = null)
    {
        Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true);
        NativeLines.Use(log);
        SafeLlamaModelHandle? model = null;
        SafeLLamaContextHandle? context = null;
        try
        {
            LLamaSharpLibrary.EnsureLoaded(options.NativeDirectory);
            model = LLamaSharpModel.Open(modelPath, options);
            context = LLamaSharpModel.CreateContext(model, options);
            var backend = new LLamaSharpBackend(model, context, new LLamaSharpVocabulary(model), options, log);
            backend.WarmUp();
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

    private protected override DecodeStatus DecodeNative(ReadOnlySpan<BatchToken> batch)
    {
        _batch.Clear();
        foreach (ref readonly var token in batch)
            _batch.Add(token.Token, token.Position, (LLamaSeqId)token.Sequence, token.Logits);
        return _context.Decode(_batch) switch
        {
            DecodeResult.Ok => DecodeStatus.Done,
            DecodeResult.NoKvSlot => DecodeStatus.OutOfCells,
            _ => DecodeStatus.Failed,
        };
    }

    private protected override NativeSampler NewChain() => LLamaSharpSampler.NewChain();

    private protected override int SampleNative(NativeSampler chain, int batchIndex) => (int)((LLamaSharpSampler)chain).Handle.Sample(_context, batchIndex);

    private protected override ReadOnlySpan<float> Logits(int batchIndex) => _context.GetLogitsIth(batchIndex);

    private protected override void Release()
    {
        _context.Dispose();
        _model.Dispose();
    }

    private static ModelInfo Describe(SafeLlamaModelHandle model, Vocabulary vocabulary) =>
        new(model.Description, (long)model.ParameterCount, vocabulary.Size, model.ContextSize, vocabulary.BeginOfSequence)
        {
            Layers = model.LayerCount,
            Width = model.EmbeddingSize,
            ChatTemplate = model.GetTemplate(strict: false),
            ToolChatTemplate = model.GetTemplate("tool_use", strict: false),
            BeginText = vocabulary.BeginText,
            EndText = vocabulary.EndText,
        };
}
