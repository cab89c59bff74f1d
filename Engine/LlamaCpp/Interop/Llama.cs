using System.Runtime.InteropServices;

namespace Zakenak.Engine.LlamaCpp.Interop;

/// <summary>The functions of <c>llama.h</c> v0.5.0 that the engine calls, in the header's order.</summary>
internal static unsafe partial class Llama
{
    /// <summary>What <see cref="NativeLibraries"/> resolves by the pinned file.</summary>
    public const string Library = "llama";

    [LibraryImport(Library, EntryPoint = "llama_version")]
    public static partial byte* Version();

    [LibraryImport(Library, EntryPoint = "llama_model_default_params")]
    public static partial LlamaModelParams ModelDefaultParams();

    [LibraryImport(Library, EntryPoint = "llama_context_default_params")]
    public static partial LlamaContextParams ContextDefaultParams();

    [LibraryImport(Library, EntryPoint = "llama_backend_init")]
    public static partial void BackendInit();

    [LibraryImport(Library, EntryPoint = "llama_max_devices")]
    public static partial nuint MaxDevices();

    [LibraryImport(Library, EntryPoint = "llama_attach_threadpool")]
    public static partial void AttachThreadpool(LlamaContextHandle context, nint threadpool, nint batchThreadpool);

    [LibraryImport(Library, EntryPoint = "llama_model_load_from_file", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint ModelLoadFromFile(string path, LlamaModelParams parameters);

    [LibraryImport(Library, EntryPoint = "llama_model_free")]
    public static partial void ModelFree(nint model);

    [LibraryImport(Library, EntryPoint = "llama_init_from_model")]
    public static partial nint InitFromModel(LlamaModelHandle model, LlamaContextParams parameters);

    [LibraryImport(Library, EntryPoint = "llama_free")]
    public static partial void Free(nint context);

    [LibraryImport(Library, EntryPoint = "llama_n_ctx")]
    public static partial uint ContextTokens(LlamaContextHandle context);

    [LibraryImport(Library, EntryPoint = "llama_n_batch")]
    public static partial uint BatchTokens(LlamaContextHandle context);

    [LibraryImport(Library, EntryPoint = "llama_get_memory")]
    public static partial nint GetMemory(LlamaContextHandle context);

    [LibraryImport(Library, EntryPoint = "llama_model_get_vocab")]
    public static partial nint GetVocab(LlamaModelHandle model);

    [LibraryImport(Library, EntryPoint = "llama_model_n_ctx_train")]
    public static partial int TrainedContextTokens(LlamaModelHandle model);

    [LibraryImport(Library, EntryPoint = "llama_model_n_embd")]
    public static partial int Width(LlamaModelHandle model);

    [LibraryImport(Library, EntryPoint = "llama_model_n_embd_out")]
    public static partial int EmbeddingWidth(LlamaModelHandle model);

    [LibraryImport(Library, EntryPoint = "llama_model_n_layer")]
    public static partial int Layers(LlamaModelHandle model);

    [LibraryImport(Library, EntryPoint = "llama_model_n_head")]
    public static partial int Heads(LlamaModelHandle model);

    [LibraryImport(Library, EntryPoint = "llama_model_n_head_kv")]
    public static partial int KeyValueHeads(LlamaModelHandle model);

    [LibraryImport(Library, EntryPoint = "llama_vocab_n_tokens")]
    public static partial int VocabularySize(nint vocab);

    [LibraryImport(Library, EntryPoint = "llama_vocab_type")]
    public static partial int VocabularyType(nint vocab);

    [LibraryImport(Library, EntryPoint = "llama_model_meta_val_str", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Metadata(LlamaModelHandle model, string key, byte* buffer, nuint size);

    [LibraryImport(Library, EntryPoint = "llama_model_desc")]
    public static partial int Description(LlamaModelHandle model, byte* buffer, nuint size);

    [LibraryImport(Library, EntryPoint = "llama_model_chat_template", StringMarshalling = StringMarshalling.Utf8)]
    public static partial byte* ChatTemplate(LlamaModelHandle model, string? name);

    [LibraryImport(Library, EntryPoint = "llama_model_n_params")]
    public static partial ulong Parameters(LlamaModelHandle model);

    [LibraryImport(Library, EntryPoint = "llama_model_has_encoder")]
    public static partial byte HasEncoder(LlamaModelHandle model);

    [LibraryImport(Library, EntryPoint = "llama_model_has_decoder")]
    public static partial byte HasDecoder(LlamaModelHandle model);

    [LibraryImport(Library, EntryPoint = "llama_model_is_recurrent")]
    public static partial byte IsRecurrent(LlamaModelHandle model);

    [LibraryImport(Library, EntryPoint = "llama_model_is_hybrid")]
    public static partial byte IsHybrid(LlamaModelHandle model);

    [LibraryImport(Library, EntryPoint = "llama_model_is_diffusion")]
    public static partial byte IsDiffusion(LlamaModelHandle model);

    [LibraryImport(Library, EntryPoint = "llama_memory_seq_rm")]
    public static partial byte MemoryRemove(nint memory, int sequence, int from, int to);

    [LibraryImport(Library, EntryPoint = "llama_memory_seq_cp")]
    public static partial void MemoryCopy(nint memory, int source, int destination, int from, int to);

    [LibraryImport(Library, EntryPoint = "llama_memory_seq_pos_min")]
    public static partial int MemoryFirstPosition(nint memory, int sequence);

    [LibraryImport(Library, EntryPoint = "llama_memory_seq_pos_max")]
    public static partial int MemoryLastPosition(nint memory, int sequence);

    [LibraryImport(Library, EntryPoint = "llama_decode")]
    public static partial int Decode(LlamaContextHandle context, LlamaBatch batch);

    [LibraryImport(Library, EntryPoint = "llama_vocab_get_text")]
    public static partial byte* TokenText(nint vocab, int token);

    [LibraryImport(Library, EntryPoint = "llama_get_logits_ith")]
    public static partial float* Logits(LlamaContextHandle context, int batchIndex);

    [LibraryImport(Library, EntryPoint = "llama_get_embeddings_ith")]
    public static partial float* Embedding(LlamaContextHandle context, int batchIndex);

    [LibraryImport(Library, EntryPoint = "llama_vocab_is_eog")]
    public static partial byte IsEndOfGeneration(nint vocab, int token);

    [LibraryImport(Library, EntryPoint = "llama_vocab_bos")]
    public static partial int BeginOfSequence(nint vocab);

    [LibraryImport(Library, EntryPoint = "llama_vocab_eos")]
    public static partial int EndOfSequence(nint vocab);

    [LibraryImport(Library, EntryPoint = "llama_vocab_get_add_bos")]
    public static partial byte AddsBeginOfSequence(nint vocab);

    [LibraryImport(Library, EntryPoint = "llama_vocab_get_add_eos")]
    public static partial byte AddsEndOfSequence(nint vocab);

    [LibraryImport(Library, EntryPoint = "llama_tokenize")]
    public static partial int Tokenize(nint vocab, byte* text, int textLength, int* tokens, int maxTokens, byte addSpecial, byte parseSpecial);

    [LibraryImport(Library, EntryPoint = "llama_token_to_piece")]
    public static partial int TokenToPiece(nint vocab, int token, byte* buffer, int length, int leadingSpaces, byte special);

    [LibraryImport(Library, EntryPoint = "llama_sampler_accept")]
    public static partial void SamplerAccept(LlamaSamplerHandle sampler, int token);

    [LibraryImport(Library, EntryPoint = "llama_sampler_apply")]
    public static partial void SamplerApply(LlamaSamplerHandle sampler, LlamaTokenDataArray* candidates);

    [LibraryImport(Library, EntryPoint = "llama_sampler_clone")]
    public static partial nint SamplerClone(LlamaSamplerHandle sampler);

    [LibraryImport(Library, EntryPoint = "llama_sampler_free")]
    public static partial void SamplerFree(nint sampler);

    [LibraryImport(Library, EntryPoint = "llama_sampler_chain_init")]
    public static partial nint SamplerChainInit(LlamaSamplerChainParams parameters);

    [LibraryImport(Library, EntryPoint = "llama_sampler_chain_add")]
    public static partial void SamplerChainAdd(LlamaSamplerHandle chain, nint sampler);

    [LibraryImport(Library, EntryPoint = "llama_sampler_init_greedy")]
    public static partial nint SamplerGreedy();

    [LibraryImport(Library, EntryPoint = "llama_sampler_init_dist")]
    public static partial nint SamplerDist(uint seed);

    [LibraryImport(Library, EntryPoint = "llama_sampler_init_top_k")]
    public static partial nint SamplerTopK(int k);

    [LibraryImport(Library, EntryPoint = "llama_sampler_init_top_p")]
    public static partial nint SamplerTopP(float p, nuint minKeep);

    [LibraryImport(Library, EntryPoint = "llama_sampler_init_min_p")]
    public static partial nint SamplerMinP(float p, nuint minKeep);

    [LibraryImport(Library, EntryPoint = "llama_sampler_init_temp")]
    public static partial nint SamplerTemperature(float temperature);

    [LibraryImport(Library, EntryPoint = "llama_sampler_init_grammar", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint SamplerGrammar(nint vocab, string grammar, string root);

    [LibraryImport(Library, EntryPoint = "llama_sampler_init_penalties")]
    public static partial nint SamplerPenalties(int vocabularySize, int lastTokens, float repetition, float frequency, float presence);

    [LibraryImport(Library, EntryPoint = "llama_sampler_init_logit_bias")]
    public static partial nint SamplerLogitBias(int vocabularySize, int count, LlamaLogitBias* biases);

    [LibraryImport(Library, EntryPoint = "llama_sampler_sample")]
    public static partial int SamplerSample(LlamaSamplerHandle sampler, LlamaContextHandle context, int batchIndex);

    [LibraryImport(Library, EntryPoint = "llama_log_set")]
    public static partial void LogSet(delegate* unmanaged[Cdecl]<int, byte*, nint, void> callback, nint userData);
}
