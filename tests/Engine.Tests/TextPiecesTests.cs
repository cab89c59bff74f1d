using System.Text;
using Zakenak.Engine.Tests.Conformance;
using Zakenak.Engine.Tokens;

namespace Zakenak.Engine.Tests;

public class TextPiecesTests
{
    [Fact]
    public void Pieces_of_long_text_end_where_words_end_and_are_the_text_again()
    {
        var random = new Random(3);
        for (var i = 0; i < 20; i++)
        {
            var text = RandomText.Of(random, 10_000);
            var whole = new StringBuilder();
            foreach (var piece in TextPieces.Of(text))
            {
                Assert.InRange(piece.Length, 1, TextPieces.MaxLength);
                Assert.False(char.IsHighSurrogate(piece[^1]) && piece.Length < text.Length - whole.Length);
                whole.Append(piece);
            }

            Assert.Equal(text, whole.ToString());
        }

        var words = string.Concat(Enumerable.Repeat("all work and no play ", 400));
        foreach (var piece in TextPieces.Of(words))
            Assert.True(piece.EndsWith("all") || piece.EndsWith("work") || piece.EndsWith("and") || piece.EndsWith("no") || piece.EndsWith("play") || piece.EndsWith("play "));
    }
}
