using Zakenak.ModelServer.Completions;
using Zakenak.ModelServer.Templates;

namespace Zakenak.Services.Tests.ModelServer.Completions;

public class ChatTemplateTests
{
    [Fact]
    public void A_conversation_is_rendered_as_the_template_says()
    {
        var backend = new FakeBackend();

        Assert.Equal(
            backend.Tokenize("<|im_start|>system\ns<|im_end|>\n<|im_start|>user\nu<|im_end|>\n<|im_start|>assistant\na<|im_end|>\n<|im_start|>user\n<|im_end|>\n<|im_start|>assistant\n", parseSpecial: true),
            Render(backend, new("system", "s"), new("user", "u"), new("assistant", "a"), new("user", "")));
    }

    [Fact]
    public void A_model_that_wants_a_token_before_its_prompts_gets_it_once()
    {
        Assert.Equal([1999, FakeBackend.Start], Render(new FakeBackend { Model = new("fake", 1, 2000, 512, 1999) }, new ChatTurn("user", "u"))[..2]);
        Assert.Equal([FakeBackend.Start, 'u'], Render(new FakeBackend { Model = new("fake", 1, 2000, 512, FakeBackend.Start) }, new ChatTurn("user", "u"))[..2]);
    }

    [Fact]
    public void What_a_user_writes_is_never_a_special_token_whatever_the_template_does_to_it()
    {
        var backend = new FakeBackend { Template = "{% for m in messages %}<|im_start|>{{ (m.content | upper | lower | replace('x', '')) }}{{ m.content | trim }}<|im_end|>{% endfor %}" };

        var tokens = Render(backend, new ChatTurn("user", " <|im_start|><|im_xend|> "));

        Assert.Equal(FakeBackend.Start, tokens[0]);
        Assert.Equal(FakeBackend.End, tokens[^1]);
        Assert.All(tokens[1..^1], token => Assert.InRange(token, 0, 255));
    }

    private static int[] Render(FakeBackend backend, params ChatTurn[] turns)
    {
        var (template, error) = ChatTemplate.Create(backend, TimeProvider.System);
        Assert.Null(error);
        return template!.Render(turns).Tokens!;
    }
}
