using System.ComponentModel.DataAnnotations;
using System.Text;
using Zakenak.RandomModel;

namespace Zakenak.Engine.Tests.Conformance;

public abstract partial class BackendConformance
{
    [Fact]
    public void A_model_loads_and_says_what_it_is()
    {
        using var backend = Load(contextTokens: 512, maxSequences: 4, batchTokens: 128);

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
    public void Where_llama_cpp_computes_attention_idle_cells_cost_time()
    {
        using var backend = Load(new EngineOptions { Threads = 1, ContextTokens = 512, NativeKernels = true });
        Assert.True(backend.Model.ScansAllCells);
        Assert.InRange(backend.Model.TokensPerCell, 500, 5_000);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("{{ messages }} Grüß Gott")]
    public void The_model_says_its_template_and_how_its_special_tokens_are_written(string? template)
    {
        using var folder = new TemporaryFolder();
        RandomModelGenerator.Write(folder.File("model.gguf"), ModelShape.Tiny, Tokenizer.Bytes(chatTemplate: template));
        using var backend = Load(new EngineOptions { Threads = 1, ContextTokens = 256 }, folder.File("model.gguf"));

        Assert.Equal((template, null), (backend.Model.ChatTemplate, backend.Model.ToolChatTemplate));
        Assert.Equal(("<|endoftext|>", "<|im_end|>"), (backend.Model.BeginText, backend.Model.EndText));
    }

    // As a sealed memory file is: a path that leads nowhere once its descriptor is closed.
    [Fact]
    public void A_model_loads_from_an_open_descriptor_and_outlives_it()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("model.gguf");
        File.Copy(Model.Path, path);
        ILlamaBackend backend;
        using (var open = File.OpenHandle(path))
        {
            File.Delete(path);
            backend = Load(new EngineOptions { Threads = 1, ContextTokens = 256 }, $"/proc/self/fd/{open.DangerousGetHandle()}");
        }

        using (backend)
        using (var fromDisk = Load())
            Assert.Equal(Generation.Continue(fromDisk, "Hello", 8), Generation.Continue(backend, "Hello", 8));
    }

    [Fact]
    public void A_gpu_that_is_not_there_is_refused_and_never_replaced_by_the_cpu()
    {
        var options = new[] { new EngineOptions { MainGpu = 1000 }, new EngineOptions { TensorSplit = [.. Enumerable.Repeat(1f, 1000)] } };
        foreach (var option in options)
        {
            option.Threads = 1;
            Assert.Equal(EngineErrorCode.DeviceMissing, Assert.Throws<EngineException>(() => Load(option)).Code);
        }
    }

    [Fact]
    public void No_layer_on_a_gpu_is_the_same_model()
    {
        using var cpu = Load(new EngineOptions { Threads = 1, ContextTokens = 256, GpuLayers = 0 });
        using var wherever = Load();

        Assert.Equal(Generation.Continue(wherever, "Hello", 8), Generation.Continue(cpu, "Hello", 8));
    }

    [Fact]
    public void A_path_without_a_file_is_a_coded_error()
    {
        var error = Assert.Throws<EngineException>(() => Load(new EngineOptions { Threads = 1 }, Model.Path + ".absent"));

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

        Assert.Throws<ValidationException>(() => Load(options));
    }

    [Fact]
    public void The_most_sequences_and_a_batch_larger_than_the_context_work()
    {
        using var backend = Load(contextTokens: 256, maxSequences: 256, batchTokens: 8192);

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
        var bytes = File.ReadAllBytes(Model.Path);

        AssertRefused(folder, bytes[..(int)(bytes.Length * part)]);
    }

    [Fact]
    public void What_llama_cpp_says_of_a_bad_model_is_in_the_error_on_one_line()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("not.gguf");
        File.WriteAllText(path, "This is a text.");

        var error = Assert.Throws<EngineException>(() => Load(new EngineOptions { Threads = 1 }, path));

        Assert.Contains("magic", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void The_log_gets_what_is_loaded_and_nothing_while_tokens_are_decoded()
    {
        var lines = new List<string>();
        using var backend = Load(new EngineOptions { Threads = 1, ContextTokens = 256 }, log: (_, line) => lines.Add(line));
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
        var backend = Load();
        var sampler = backend.CreateSampler(Generation.Greedily);
        backend.Dispose();
        backend.Dispose();

        Assert.Throws<ObjectDisposedException>(() => backend.Tokenize("Hello", parseSpecial: false));
        Assert.Throws<ObjectDisposedException>(() => backend.IsEndOfGeneration(0));
        Assert.Throws<ObjectDisposedException>(() => backend.Decode([new BatchToken(0, 0, 0, true)]));
        Assert.Throws<ObjectDisposedException>(() => backend.RemoveCells(0, 0, -1));
        sampler.Dispose();
    }

    private void AssertRefused(TemporaryFolder folder, byte[] bytes)
    {
        var path = folder.File("bad.gguf");
        File.WriteAllBytes(path, bytes);
        var error = Assert.Throws<EngineException>(() => Load(new EngineOptions { Threads = 1 }, path));
        Assert.Equal(EngineErrorCode.ModelLoadFailed, error.Code);
    }
}
