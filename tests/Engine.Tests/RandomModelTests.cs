using Zakenak.RandomModel;

namespace Zakenak.Engine.Tests;

public class RandomModelTests(TinyModel model)
{
    [Fact]
    public void The_same_seed_gives_the_same_file_and_another_seed_another()
    {
        using var folder = new TemporaryFolder();
        RandomModelGenerator.Write(folder.File("a"), ModelShape.Tiny, seed: 5);
        RandomModelGenerator.Write(folder.File("b"), ModelShape.Tiny, seed: 5);
        RandomModelGenerator.Write(folder.File("c"), ModelShape.Tiny, seed: 6);

        Assert.Equal(File.ReadAllBytes(folder.File("a")), File.ReadAllBytes(folder.File("b")));
        Assert.NotEqual(File.ReadAllBytes(folder.File("a")), File.ReadAllBytes(folder.File("c")));
    }

    [Theory]
    [InlineData(WeightType.F16)]
    [InlineData(WeightType.Q8)]
    public void Every_weight_type_holds_the_same_weights(WeightType type)
    {
        using var folder = new TemporaryFolder();
        RandomModelGenerator.Write(folder.File("model.gguf"), ModelShape.Tiny, type: type);
        using var single = model.Load();
        using var other = ModelBackend.Load(new EngineOptions { Threads = 1, ContextTokens = 256 }, folder.File("model.gguf"));

        // The first tokens: activations are rounded differently, so that in the long run a close call goes the other way.
        Assert.Equal(Generation.Continue(single, "Hello", 4), Generation.Continue(other, "Hello", 4));
        Assert.Equal(single.Model.Parameters, other.Model.Parameters);
    }

    [Fact]
    public void Fewer_key_value_heads_than_query_heads_load_and_decode()
    {
        using var folder = new TemporaryFolder();
        RandomModelGenerator.Write(folder.File("model.gguf"), ModelShape.Tiny with { Width = 256, KeyValueHeads = 2 });
        using var backend = ModelBackend.Load(new EngineOptions { Threads = 1, ContextTokens = 256 }, folder.File("model.gguf"));

        Assert.Equal(8, Generation.Continue(backend, "Hello", 8).Length);
    }

    [Fact]
    public void A_tokenizer_is_copied_from_a_file_and_extended()
    {
        using var folder = new TemporaryFolder();
        var tokenizer = Tokenizer.FromGguf(model.Path);
        RandomModelGenerator.Write(folder.File("model.gguf"), ModelShape.Tiny with { Vocabulary = 1000 }, tokenizer);
        using var original = model.Load();
        using var extended = ModelBackend.Load(new EngineOptions { Threads = 1, ContextTokens = 256 }, folder.File("model.gguf"));

        Assert.Equal(1000, extended.Model.VocabularySize);
        const string text = "Grüße, 世界! <|im_end|>";
        Assert.Equal(original.Tokenize(text, parseSpecial: true), extended.Tokenize(text, parseSpecial: true));
        Assert.Equal(original.Model.ChatTemplate, extended.Model.ChatTemplate);
        Assert.All(Enumerable.Range(259, 741), token => Assert.Equal(2, extended.TokenToPiece(token, new byte[16])));
    }

    [Fact]
    public void A_random_model_does_not_end_a_greedy_answer()
    {
        using var backend = model.Load();

        var tokens = Generation.Continue(backend, "Hello", 500);

        Assert.DoesNotContain(tokens, backend.IsEndOfGeneration);
    }

    [Theory]
    [InlineData(100, 1)]
    [InlineData(128, 3)]
    [InlineData(0, 1)]
    public void A_shape_that_cannot_be_is_refused(int width, int keyValueHeads)
    {
        using var folder = new TemporaryFolder();

        Assert.Throws<ArgumentException>(() =>
            RandomModelGenerator.Write(folder.File("model.gguf"), ModelShape.Tiny with { Width = width, KeyValueHeads = keyValueHeads }));
        Assert.False(File.Exists(folder.File("model.gguf")));
    }

    [Fact]
    public void A_file_that_is_no_model_has_no_tokenizer()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("text"), "This is a text.");
        File.WriteAllBytes(folder.File("cut"), File.ReadAllBytes(model.Path)[..3000]);

        Assert.Throws<InvalidDataException>(() => Tokenizer.FromGguf(folder.File("text")));
        Assert.Throws<InvalidDataException>(() => Tokenizer.FromGguf(folder.File("cut")));
    }

    [Fact]
    public void The_command_writes_a_model_that_loads()
    {
        using var folder = new TemporaryFolder();
        var output = new StringWriter();

        var code = GenerateCommand.Run(["--size", "tiny", "--out", folder.File("model.gguf"), "--type", "f16", "--seed", "3"], output, TextWriter.Null);

        Assert.Equal(0, code);
        Assert.Contains("MB", output.ToString(), StringComparison.Ordinal);
        ModelBackend.Load(new EngineOptions { Threads = 1, ContextTokens = 256 }, folder.File("model.gguf")).Dispose();
    }

    [Theory]
    [InlineData("--size 7b", "7b")]
    [InlineData("--size", "--size")]
    [InlineData("--seed x --size tiny", "--seed")]
    [InlineData("--colour red", "--colour")]
    public void A_wrong_command_line_is_named_with_exit_code_2(string line, string fault)
    {
        var error = new StringWriter();

        Assert.Equal(2, GenerateCommand.Run(line.Split(' '), TextWriter.Null, error));
        Assert.Contains(fault, error.ToString(), StringComparison.Ordinal);
    }
}
