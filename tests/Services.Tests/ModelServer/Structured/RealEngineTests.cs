using System.Text;
using System.Text.Json;
using Zakenak.Engine;
using Zakenak.Engine.Tests;
using Zakenak.ModelServer.Structured;
using Zakenak.RandomModel;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.ModelServer.Structured;

/// <summary>Random weights on the real engine: they want anything but JSON, so all that comes out right is the grammar's doing.</summary>
public sealed class RealEngineTests : IAsyncLifetime
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"structured-{Guid.NewGuid():N}.gguf");
    private EngineLock? _lock;

    [Theory]
    [InlineData("""{"type":"object","properties":{"name":{"type":"string","maxLength":12},"age":{"type":"integer","minimum":0,"maximum":150},"tags":{"type":"array","items":{"enum":["a","b"]},"maxItems":3}},"required":["name","age"],"additionalProperties":false}""")]
    [InlineData("""{"type":"string","format":"date-time"}""")]
    [InlineData("""{"type":"string","pattern":"^[A-Z][a-z]{2,8} \\d{1,3}$"}""")]
    [InlineData("""{"type":"number","minimum":0,"maximum":1}""")]
    [InlineData("""{"oneOf":[{"type":"object","properties":{"k":{"const":"x"},"n":{"type":"integer"}},"required":["k","n"]},{"type":"null"}]}""")]
    [InlineData("""{"type":"array","items":{"type":"object","properties":{"id":{"type":"string","format":"uuid"},"ok":{"type":"boolean"}},"required":["id"]},"minItems":1,"maxItems":2}""")]
    [InlineData("""{"type":"object","properties":{"v":{"type":"integer"},"next":{"anyOf":[{"type":"null"},{"$ref":"#"}]}},"required":["v","next"]}""")]
    [InlineData("""{"type":"string","minLength":3,"maxLength":20}""")]
    public void What_is_whole_parses_and_is_valid(string schema)
    {
        using var backend = ModelBackend.Load(new EngineOptions { Threads = 1, ContextTokens = 1024, BatchTokens = 64, MaxSequences = 1 }, _path);
        using var document = JsonDocument.Parse(schema);
        var format = AnswerFormat.Compile(document.RootElement, "schema").Format!;
        Assert.True(backend.AcceptsGrammar(format.Gbnf), format.Gbnf);

        var whole = 0;
        for (var seed = 0u; seed < 6; seed++)
        {
            var (text, ended) = Answer(backend, new SamplerOptions(1.5f, 1, seed) { Grammar = new GrammarConstraint(format.Gbnf) }, 400);
            Assert.DoesNotContain('\uFFFD', text.TrimEnd('\uFFFD'));
            if (ended)
            {
                whole++;
                Assert.True(format.IsValid(Encoding.UTF8.GetBytes(text)), text);
            }
        }

        Assert.True(whole > 0, "None was whole.");
    }

    /// <summary>The matcher of the property tests reads grammars as we think llama.cpp does; here it does itself.</summary>
    [Fact]
    public void What_is_written_by_any_schema_is_valid()
    {
        using var backend = ModelBackend.Load(new EngineOptions { Threads = 1, ContextTokens = 1024, BatchTokens = 64, MaxSequences = 1 }, _path);
        var whole = 0;
        for (var seed = 0; seed < 60; seed++)
        {
            var schema = SchemaPropertyTests.RandomSchema(new Random(seed), 3).ToJsonString();
            var format = SchemaCompilerTests.Compile(schema);
            var (text, ended) = Answer(backend, new SamplerOptions(1.2f, 1, (uint)seed) { Grammar = new GrammarConstraint(format.Gbnf) }, 250);
            whole += ended ? 1 : 0;
            Assert.True(!ended || format.IsValid(Encoding.UTF8.GetBytes(text)), $"{text} by {schema}");
        }

        Assert.True(whole > 30, $"{whole} of 60");
    }

    [Fact]
    public void The_largest_grammars_that_pass_are_read_by_the_engine_in_a_moment()
    {
        using var backend = ModelBackend.Load(new EngineOptions { Threads = 1, ContextTokens = 256, BatchTokens = 64, MaxSequences = 1 }, _path);
        string[] schemas =
        [
            """{"type":"array","maxItems":2000,"items":{"type":"array","maxItems":2000,"items":{"type":"string","maxLength":2000}}}""",
            """{"type":"object","additionalProperties":false,"properties":{""" + string.Join(',', Enumerable.Range(0, 150).Select(i => $"\"p{i}\":{{\"type\":[\"string\",\"integer\",\"null\"]}}")) + "}}",
            """{"enum":[""" + string.Join(',', Enumerable.Range(0, 2000).Select(i => $"\"value {i}\"")) + "]}",
        ];
        foreach (var schema in schemas)
        {
            using var document = JsonDocument.Parse(schema);
            var format = AnswerFormat.Compile(document.RootElement, "schema").Format!;
            var began = ThreadTime.Now;

            Assert.True(backend.AcceptsGrammar(format.Gbnf), schema[..40]);
            Answer(backend, new SamplerOptions(1, 1, 1) { Grammar = new GrammarConstraint(format.Gbnf) }, 20);

            var took = ThreadTime.Now - began;
            Assert.True(took < TimeSpan.FromSeconds(5), $"{took}: {schema[..40]}");
        }
    }

    public async ValueTask InitializeAsync()
    {
        _lock = await EngineLock.AcquireAsync();
        RandomModelGenerator.Write(_path, ModelShape.Tiny);
    }

    public ValueTask DisposeAsync()
    {
        File.Delete(_path);
        _lock?.Dispose();
        return ValueTask.CompletedTask;
    }

    private static (string Text, bool Ended) Answer(ILlamaBackend backend, SamplerOptions options, int maxTokens)
    {
        using var sampler = backend.CreateSampler(options);
        var bytes = new List<byte>();
        var piece = new byte[256];
        var token = 'a';
        try
        {
            var next = (int)token;
            for (var position = 0; position < maxTokens; position++)
            {
                Assert.Equal(DecodeStatus.Done, backend.Decode([new BatchToken(next, position, 0, Logits: true)]));
                next = backend.Sample(sampler, 0);
                if (backend.IsEndOfGeneration(next))
                {
                    return (Encoding.UTF8.GetString([.. bytes]), true);
                }

                bytes.AddRange(piece[..backend.TokenToPiece(next, piece)]);
            }

            return (Encoding.UTF8.GetString([.. bytes]), false);
        }
        finally
        {
            backend.RemoveCells(0, 0, -1);
        }
    }
}
