using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Zakenak.ModelServer.Completions;

namespace Zakenak.Services.Tests.ModelServer.Completions;

public class AnswerTextTests
{
    [Theory]
    [InlineData("abcSTOPdef", "STOP", "abc")]
    [InlineData("abcSTO", "STOP", "abcSTO")]
    [InlineData("aaab", "aab", "a")]
    [InlineData("STOP", "STOP", "")]
    [InlineData("aSTaSTOPb", "STOP", "aSTa")]
    [InlineData("fin 🙂 da", "🙂", "fin ")]
    public void Text_ends_before_the_stop_string(string answer, string stop, string expected) => Assert.Equal(expected, Run(Cut(answer, 1), stop).Text);

    [Fact]
    public void Nothing_that_may_become_a_stop_string_is_let_out_early()
    {
        var backend = new FakeBackend();
        var text = new AnswerText(new Vocabulary(backend), [Encoding.UTF8.GetBytes("STOP")]);

        Assert.Equal("a", Encoding.UTF8.GetString(text.Add('a')));
        Assert.True(text.Add('S').IsEmpty);
        Assert.True(text.Add('T').IsEmpty);
        Assert.Equal("STx", Encoding.UTF8.GetString(text.Add('x')));
    }

    [Fact]
    public void How_an_answer_is_cut_into_tokens_changes_nothing()
    {
        // Few letters, so that stop strings overlap and repeat; é and 🙂 so that cuts fall within characters.
        var letters = Gen.Elements("a", "b", "é", "🙂");
        var words = letters.ListOf().Select(string.Concat);
        var cases =
            from answer in words
            from stops in (from first in letters from rest in words select first + rest).ListOf()
            from sizes in Gen.Choose(1, 5).ListOf()
            select (answer, stops: stops.Take(4).ToArray(), sizes: sizes.Append(1).ToArray());

        Prop.ForAll(cases.ToArbitrary(), given =>
        {
            var (text, emitted) = Run(Cut(given.answer, given.sizes), given.stops);
            var end = Reference(given.answer, given.stops);
            Assert.Equal(end, text);
            Assert.DoesNotContain(emitted, piece => piece.Contains('\uFFFD', StringComparison.Ordinal));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Fact]
    public void Any_bytes_come_out_as_the_text_that_a_decoder_makes_of_them()
    {
        var cases = from bytes in Gen.Choose(0, 255).Select(b => (byte)b).ListOf() from size in Gen.Choose(1, 4) select (bytes: bytes.ToArray(), size);

        Prop.ForAll(cases.ToArbitrary(), given => Assert.Equal(
            Encoding.UTF8.GetString(given.bytes),
            Run([.. given.bytes.Chunk(given.size)]).Text)).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    /// <summary>The shortest beginning of the answer that ends with a stop string, less the longest such string.</summary>
    private static string Reference(string answer, string[] stops)
    {
        for (var end = 1; end <= answer.Length; end++)
        {
            var met = stops.Where(stop => answer[..end].EndsWith(stop, StringComparison.Ordinal)).ToList();
            if (met.Count > 0)
            {
                return answer[..(end - met.Max(stop => stop.Length))];
            }
        }

        return answer;
    }

    private static List<byte[]> Cut(string answer, params int[] sizes)
    {
        var bytes = Encoding.UTF8.GetBytes(answer);
        var pieces = new List<byte[]>();
        for (int at = 0, i = 0; at < bytes.Length; at += pieces[^1].Length, i++)
        {
            pieces.Add(bytes[at..Math.Min(bytes.Length, at + sizes[i % sizes.Length])]);
        }

        return pieces;
    }

    private static (string Text, List<string> Emitted) Run(List<byte[]> pieces, params string[] stops)
    {
        var backend = new FakeBackend();
        var tokens = pieces.Select(piece => backend.Piece(piece)).ToList();
        var text = new AnswerText(new Vocabulary(backend), [.. stops.Select(Encoding.UTF8.GetBytes)]);
        var emitted = new List<string>();
        foreach (var token in tokens.TakeWhile(_ => !text.Stopped))
        {
            emitted.Add(Encoding.UTF8.GetString(text.Add(token)));
        }

        emitted.Add(Encoding.UTF8.GetString(text.Complete()));
        return (string.Concat(emitted), emitted);
    }
}
