using Zakenak.Engine.LlamaCpp;
using Zakenak.RandomModel;

namespace Zakenak.Engine.Tests;

public class ChatTemplateTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("{{ messages }} Grüß Gott")]
    public void The_model_says_its_template_and_how_its_special_tokens_are_written(string? template)
    {
        using var folder = new TemporaryFolder();
        RandomModelGenerator.Write(folder.File("model.gguf"), ModelShape.Tiny, Tokenizer.Bytes(chatTemplate: template));
        using var backend = LlamaCppBackend.Load(new EngineOptions { Threads = 1, ContextTokens = 256 }, folder.File("model.gguf"));

        Assert.Equal((template, null), (backend.Model.ChatTemplate, backend.Model.ToolChatTemplate));
        Assert.Equal(("<|endoftext|>", "<|im_end|>"), (backend.Model.BeginText, backend.Model.EndText));
    }
}
