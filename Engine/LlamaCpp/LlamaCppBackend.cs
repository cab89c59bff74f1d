using System.ComponentModel.DataAnnotations;
using System.Runtime.InteropServices;
using System.Text;
using Zakenak.Engine.LlamaCpp.Interop;

namespace Zakenak.Engine.LlamaCpp;

/// <summary>
/// <see cref="ILlamaBackend"/> over our own P/Invoke of llama.cpp. A failed assertion in native code ends the process, so whatever
/// llama.cpp asserts is checked here first and thrown as <see cref="ArgumentException"/>: such a call is a bug of the caller.
/// </summary>
public sealed unsafe class LlamaCppBackend : ILlamaBackend
{
    private readonly LlamaModelHandle _model;
    private readonly LlamaContextHandle _context;
    private readonly Vocabulary _vocabulary;
    private readonly KvCells _cells;
    private readonly DecodeBatch _batch;
    private readonly Candidates _candidates;
    private readonly NativeLog? _log;

    private LlamaCppBackend(LlamaModelHandle model, LlamaContextHandle context, EngineOptions options, NativeLog? log)
    {
        _model = model;
        _context = context;
        _log = log;
        _vocabulary = new Vocabulary(model);
        _candidates = new Candidates(_vocabulary);
        ContextTokens = (int)Llama.ContextTokens(context);
        BatchTokens = Math.Min(options.BatchTokens, (int)Llama.BatchTokens(context));
        MaxSequences = options.MaxSequences;
        _cells = new KvCells(context, MaxSequences);
        _batch = new DecodeBatch(BatchTokens);
        Model = new ModelInfo(Description(model), (long)Llama.Parameters(model), _vocabulary.Size, Llama.TrainedContextTokens(model), _vocabulary.BeginOfSequence)
        {
            ChatTemplate = Marshal.PtrToStringUTF8((nint)Llama.ChatTemplate(model, null)),
            ToolChatTemplate = Marshal.PtrToStringUTF8((nint)Llama.ChatTemplate(model, "tool_use")),
            BeginText = _vocabulary.BeginText,
            EndText = _vocabulary.EndText,
        };
    }

    /// <inheritdoc/>
    public ModelInfo Model { get; }

    /// <inheritdoc/>
    public int ContextTokens { get; }

    /// <inheritdoc/>
    public int BatchTokens { get; }

    /// <inheritdoc/>
    public int MaxSequences { get; }

    /// <summary>
    /// Loads a model, makes its context and decodes one token, so that the first request finds warm memory. <paramref name="modelPath"/> may be <c>/proc/self/fd/N</c> of a sealed memory file, which must stay
    /// open until this returns; the weights are mapped from it. Throws <see cref="EngineException"/>, and
    /// <see cref="ValidationException"/> for options out of range.
    /// </summary>
    public static LlamaCppBackend Load(EngineOptions options, string modelPath, NativeLog? log = null)
    {
        Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true);
        NativeLibraries.EnsureLoaded(options.NativeDirectory);
        LlamaLog.Use(log);
        LlamaModelHandle? model = null;
        LlamaContextHandle? context = null;
        try
        {
            model = ModelLoading.OpenModel(modelPath);
            context = ModelLoading.CreateContext(model, options);
            var backend = new LlamaCppBackend(model, context, options, log);
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
            LlamaLog.Use(null);
        }
    }

    /// <inheritdoc/>
    public int[] Tokenize(string text, bool parseSpecial) => _vocabulary.Tokenize(text, parseSpecial);

    /// <inheritdoc/>
    public int TokenToPiece(int token, Span<byte> destination) => _vocabulary.TokenToPiece(token, destination);

    /// <inheritdoc/>
    public bool IsEndOfGeneration(int token) => _vocabulary.IsEndOfGeneration(token);

    /// <inheritdoc/>
    public DecodeStatus Decode(ReadOnlySpan<BatchToken> batch)
    {
        if (batch.Length is 0 || batch.Length > BatchTokens)
            throw new ArgumentException($"A batch has 1 to {BatchTokens} tokens, not {batch.Length}.", nameof(batch));
        _cells.CheckContinues(batch, _vocabulary.Size);

        LlamaLog.Use(_log);
        var status = Llama.Decode(_context, _batch.Fill(batch)) switch
        {
            0 => DecodeStatus.Done,
            1 => DecodeStatus.OutOfCells,
            _ => DecodeStatus.Failed,
        };
        if (status != DecodeStatus.Done)
            _batch.Clear();
        return status;
    }

    /// <inheritdoc/>
    public bool AcceptsGrammar(string gbnf)
    {
        using var grammar = _vocabulary.CreateGrammar(gbnf);
        return grammar is not null;
    }

    /// <inheritdoc/>
    public ISampler CreateSampler(SamplerOptions options) => LlamaCppSampler.Create(options, _vocabulary);

    /// <inheritdoc/>
    public int Sample(ISampler sampler, int batchIndex)
    {
        if (sampler is not LlamaCppSampler own)
            throw new ArgumentException("The sampler is not one of this backend.", nameof(sampler));
        if (!_batch.HasLogits(batchIndex))
            throw new ArgumentOutOfRangeException(nameof(batchIndex), batchIndex, "The last decoded batch has no logits there.");
        return own.Grammar is null && own.TopLogprobs is null
            ? Llama.SamplerSample(own.Chain, _context, batchIndex)
            : _candidates.Sample(own, new ReadOnlySpan<float>(Llama.Logits(_context, batchIndex), _vocabulary.Size));
    }

    /// <inheritdoc/>
    public void RemoveCells(int sequence, int from, int to) => _cells.Remove(sequence, from, to);

    /// <inheritdoc/>
    public void CopyCells(int source, int destination, int from, int to) => _cells.Copy(source, destination, from, to);

    /// <inheritdoc/>
    public void Dispose()
    {
        _context.Dispose();
        _model.Dispose();
    }

    private void WarmUp()
    {
        if (Decode([new BatchToken(Token: 0, Position: 0, Sequence: 0, Logits: true)]) != DecodeStatus.Done)
            throw new EngineException(EngineErrorCode.ContextFailed, "llama.cpp loaded the model but could not decode a token with it.");
        RemoveCells(sequence: 0, from: 0, to: -1);
        _batch.Clear();
    }

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
