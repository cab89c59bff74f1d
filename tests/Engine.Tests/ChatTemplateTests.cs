using Zakenak.Engine.LlamaCpp;
using Zakenak.RandomModel;

namespace Zakenak.Engine.Tests;

public class ChatTemplateTests(TinyModel model)
{
    private static readonly ChatTurn[] Turns = [new("system", "Be brief."), new("user", "Grüß Gott 🙂")];

    [Fact]
    public void The_models_own_template_renders_the_turns()
    {
        using var backend = model.Load();
        const string prompt = "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nGrüß Gott 🙂<|im_end|>\n";

        Assert.Equal(prompt, backend.ApplyChatTemplate(Turns, openAssistantTurn: false));
        Assert.Equal(prompt + "<|im_start|>assistant\n", backend.ApplyChatTemplate(Turns, openAssistantTurn: true));
    }

    [Fact]
    public void A_long_conversation_is_rendered_whole()
    {
        using var backend = model.Load();
        var turns = Enumerable.Range(0, 200).Select(i => new ChatTurn(i % 2 == 0 ? "user" : "assistant", new string('x', 1000))).ToArray();

        Assert.Equal(100_000 * 2, backend.ApplyChatTemplate(turns, openAssistantTurn: true)!.Count('x'));
    }

    [Fact]
    public void A_zero_in_a_message_does_not_cut_it_off()
    {
        using var backend = model.Load();

        var prompt = backend.ApplyChatTemplate([new ChatTurn("user", "before\0after")], openAssistantTurn: false);

        Assert.Equal("<|im_start|>user\nbefore\uFFFDafter<|im_end|>\n", prompt);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("{{ a template that llama.cpp has never seen }}")]
    public void A_template_that_is_absent_or_unknown_gives_null(string? template)
    {
        using var folder = new TemporaryFolder();
        RandomModelGenerator.Write(folder.File("model.gguf"), ModelShape.Tiny, Tokenizer.Bytes(chatTemplate: template));
        using var backend = LlamaCppBackend.Load(new EngineOptions { Threads = 1, ContextTokens = 256 }, folder.File("model.gguf"));

        Assert.Null(backend.ApplyChatTemplate(Turns, openAssistantTurn: true));
    }
}
