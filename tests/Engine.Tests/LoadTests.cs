using System.ComponentModel.DataAnnotations;
using System.Text;
using Zakenak.Engine.LlamaCpp;
using Zakenak.Engine.LlamaCpp.Interop;

namespace Zakenak.Engine.Tests;

public class LoadTests(TinyModel model)
{
    [Fact]
    public void A_model_loads_and_says_what_it_is()
    {
        using var backend = model.Load(contextTokens: 512, maxSequences: 4, batchTokens: 128);

        Assert.Equal(259, backend.Model.VocabularySize);
        Assert.Equal(2048, backend.Model.TrainedContextTokens);
        Assert.InRange(backend.Model.Parameters, 300_000, 600_000);
        Assert.Contains("llama", backend.Model.Description, StringComparison.Ordinal);
        Assert.Null(backend.Model.BeginOfSequence);
        Assert.Equal(512, backend.ContextTokens);
        Assert.Equal(128, backend.BatchTokens);
        Assert.Equal(4, backend.MaxSequences);
    }

    [Fact]
    public void A_model_loads_from_a_sealed_memory_file_and_outlives_it()
    {
        LlamaCppBackend backend;
        using (var sealedModel = SealedFile.Copy(model.Path))
            backend = LlamaCppBackend.Load(new EngineOptions { Threads = 1, ContextTokens = 256 }, sealedModel.Path);

        using (backend)
        using (var fromDisk = model.Load())
            Assert.Equal(Generation.Continue(fromDisk, "Hello", 8), Generation.Continue(backend, "Hello", 8));
    }

    [Fact]
    public void A_path_without_a_file_is_a_coded_error()
    {
        var error = Assert.Throws<EngineException>(() => LlamaCppBackend.Load(new EngineOptions { Threads = 1 }, model.Path + ".absent"));

        Assert.Equal(EngineErrorCode.ModelLoadFailed, error.Code);
        Assert.Contains(".absent", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 256, 64, 4)]
    [InlineData(513, 256, 64, 4)]
    [InlineData(1, 0, 64, 4)]
    [InlineData(1, 256, 0, 4)]
    [InlineData(1, 256, 64, 0)]
    [InlineData(1, 256, 64, 257)]
    public void Options_out_of_range_never_reach_native_code(int threads, int contextTokens, int batchTokens, int maxSequences)
    {
        var options = new EngineOptions { Threads = threads, ContextTokens = contextTokens, BatchTokens = batchTokens, MaxSequences = maxSequences };

        Assert.Throws<ValidationException>(() => LlamaCppBackend.Load(options, model.Path));
    }

    [Fact]
    public void The_most_sequences_and_a_batch_larger_than_the_context_work()
    {
        using var backend = model.Load(contextTokens: 256, maxSequences: 256, batchTokens: 8192);

        Assert.Equal(256, backend.BatchTokens);
        Assert.Equal(DecodeStatus.Done, backend.Decode([.. Enumerable.Range(0, 256).Select(sequence => new BatchToken(7, 0, sequence, true))]));
    }

    [Fact]
    public void Bytes_that_are_no_model_are_a_coded_error()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(7);
        foreach (var length in new[] { 0, 3, 4, 24, 5000 })
        {
            var garbage = new byte[length];
            random.NextBytes(garbage);
            AssertRefused(folder, garbage);
            Encoding.ASCII.GetBytes("GGUF")[..Math.Min(4, length)].CopyTo(garbage, 0);
            AssertRefused(folder, garbage);
        }
    }

    [Theory]
    [InlineData(0.001)]
    [InlineData(0.01)]
    [InlineData(0.5)]
    [InlineData(0.999)]
    public void A_truncated_model_is_a_coded_error(double part)
    {
        using var folder = new TemporaryFolder();
        var bytes = File.ReadAllBytes(model.Path);

        AssertRefused(folder, bytes[..(int)(bytes.Length * part)]);
    }

    [Fact]
    public void What_llama_cpp_says_of_a_bad_model_is_in_the_error_on_one_line()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("not.gguf");
        File.WriteAllText(path, "This is a text.");

        var error = Assert.Throws<EngineException>(() => LlamaCppBackend.Load(new EngineOptions { Threads = 1 }, path));

        Assert.Contains("magic", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void A_context_larger_than_the_machine_is_refused_before_it_is_made()
    {
        using var handle = ModelLoading.OpenModel(model.Path);

        // Two layers with keys and values of 64 half-precision numbers each.
        Assert.Equal(2 * (64 + 64) * 2, KvMemory.BytesPerToken(handle));
        KvMemory.CheckFits(handle, contextTokens: 1000, availableBytes: 512_000);
        var error = Assert.Throws<EngineException>(() => KvMemory.CheckFits(handle, contextTokens: 1001, availableBytes: 512_000));
        Assert.Equal(EngineErrorCode.OutOfMemory, error.Code);
    }

    [Fact]
    public void The_log_gets_what_is_loaded_and_nothing_while_tokens_are_decoded()
    {
        var lines = new List<string>();
        using var backend = LlamaCppBackend.Load(new EngineOptions { Threads = 1, ContextTokens = 256 }, model.Path, (_, line) => lines.Add(line));
        Assert.Contains(lines, line => line.Contains("random-tiny", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains('\n', StringComparison.Ordinal));
        lines.Clear();

        Generation.Continue(backend, "a secret of the user", 8);

        Assert.Empty(lines);
        Assert.Equal(DecodeStatus.Done, backend.Decode(Generation.Batch(0, new int[256])));
        Assert.Equal(DecodeStatus.OutOfCells, backend.Decode([new BatchToken(1, 256, 0, true)]));
        Assert.Contains(lines, line => line.Contains("memory slot", StringComparison.Ordinal));
    }

    [Fact]
    public void A_disposed_backend_throws_instead_of_reading_freed_memory()
    {
        var backend = model.Load();
        var sampler = backend.CreateSampler(Generation.Greedily);
        backend.Dispose();
        backend.Dispose();

        Assert.Throws<ObjectDisposedException>(() => backend.Tokenize("Hello", parseSpecial: false));
        Assert.Throws<ObjectDisposedException>(() => backend.IsEndOfGeneration(0));
        Assert.Throws<ObjectDisposedException>(() => backend.Decode([new BatchToken(0, 0, 0, true)]));
        Assert.Throws<ObjectDisposedException>(() => backend.RemoveCells(0, 0, -1));
        sampler.Dispose();
    }

    private static void AssertRefused(TemporaryFolder folder, byte[] bytes)
    {
        var path = folder.File("bad.gguf");
        File.WriteAllBytes(path, bytes);
        var error = Assert.Throws<EngineException>(() => LlamaCppBackend.Load(new EngineOptions { Threads = 1 }, path));
        Assert.Equal(EngineErrorCode.ModelLoadFailed, error.Code);
    }
}
