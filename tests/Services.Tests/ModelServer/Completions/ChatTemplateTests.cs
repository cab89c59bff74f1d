using Zakenak.Engine;
using Zakenak.ModelServer.Completions;

namespace Zakenak.Services.Tests.ModelServer.Completions;

public class ChatTemplateTests
{
    [Fact]
    public void A_conversation_is_rendered_as_the_template_says()
    {
        var backend = new FakeBackend();

        var tokens = ChatTemplate.Create(backend)!.Render([new("system", "s"), new("user", "u"), new("assistant", "a"), new("user", "")]);

        Assert.Equal(
            backend.Tokenize("<|im_start|>system\ns<|im_end|>\n<|im_start|>user\nu<|im_end|>\n<|im_start|>assistant\na<|im_end|>\n<|im_start|>user\n<|im_end|>\n<|im_start|>assistant\n", parseSpecial: true),
            tokens);
    }

    [Fact]
    public void A_model_that_wants_a_token_before_its_prompts_gets_it_once()
    {
        var wanting = new FakeBackend { Model = new("fake", 1, 2000, 512, 1999) };
        var having = new FakeBackend { Model = new("fake", 1, 2000, 512, FakeBackend.Start) };

        Assert.Equal([1999, FakeBackend.Start], ChatTemplate.Create(wanting)!.Render([new("user", "u")])![..2]);
        Assert.Equal([FakeBackend.Start, 'u'], ChatTemplate.Create(having)!.Render([new("user", "u")])![..2]);
    }

    [Fact]
    public void Contents_are_trimmed_where_the_template_trims()
    {
        var trimming = ChatTemplate.Create(new OtherTemplate((turns, _) => string.Concat(turns.Select(t => $"[{t.Role}]{(t.Role == "user" ? t.Content.Trim() : t.Content)}"))))!;

        Assert.Equal("[user]u[assistant] a [user]v", Text(trimming.Render([new("user", " u\n"), new("assistant", " a "), new("user", "v ")])));
    }

    [Fact]
    public void A_template_may_repeat_move_and_merge_contents()
    {
        var odd = ChatTemplate.Create(new OtherTemplate((turns, _) =>
            string.Concat(turns.Where(t => t.Role != "system").Select(t => $"<{t.Content}|{t.Content}>")) + string.Concat(turns.Where(t => t.Role == "system").Select(t => t.Content))))!;

        Assert.Equal("<u|u>s", Text(odd.Render([new("system", "s"), new("user", "u")])));
    }

    [Fact]
    public void A_turn_that_the_template_drops_is_refused_not_lost()
    {
        var dropping = ChatTemplate.Create(new OtherTemplate((turns, _) => string.Concat(turns.Where(t => t.Role != "system").Select(t => $"<{t.Content}>"))))!;

        Assert.NotNull(dropping.Render([new("user", "u")]));
        Assert.Null(dropping.Render([new("system", "s"), new("user", "u")]));
    }

    [Fact]
    public void A_template_that_is_unknown_or_drops_users_is_no_template()
    {
        Assert.Null(ChatTemplate.Create(new OtherTemplate((_, _) => null)));
        Assert.Null(ChatTemplate.Create(new OtherTemplate((turns, _) => turns[^1].Content)));
    }

    private static string? Text(int[]? tokens) => tokens is null ? null : new string([.. tokens.Select(token => (char)token)]);

    /// <summary>The fake with another template.</summary>
    private sealed class OtherTemplate(Func<IReadOnlyList<ChatTurn>, bool, string?> template) : ILlamaBackend
    {
        private readonly FakeBackend _inner = new();

        public ModelInfo Model => _inner.Model;

        public int ContextTokens => _inner.ContextTokens;

        public int BatchTokens => _inner.BatchTokens;

        public int MaxSequences => _inner.MaxSequences;

        public string? ApplyChatTemplate(IReadOnlyList<ChatTurn> turns, bool openAssistantTurn) => template(turns, openAssistantTurn);

        public int[] Tokenize(string text, bool parseSpecial) => _inner.Tokenize(text, parseSpecial);

        public int TokenToPiece(int token, Span<byte> destination) => _inner.TokenToPiece(token, destination);

        public bool IsEndOfGeneration(int token) => _inner.IsEndOfGeneration(token);

        public DecodeStatus Decode(ReadOnlySpan<BatchToken> batch) => _inner.Decode(batch);

        public ISampler CreateSampler(SamplerOptions options) => _inner.CreateSampler(options);

        public int Sample(ISampler sampler, int batchIndex) => _inner.Sample(sampler, batchIndex);

        public void RemoveCells(int sequence, int from, int to) => _inner.RemoveCells(sequence, from, to);

        public void CopyCells(int source, int destination, int from, int to) => _inner.CopyCells(source, destination, from, to);

        public void Dispose() => _inner.Dispose();
    }
}
