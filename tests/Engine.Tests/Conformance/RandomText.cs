using System.Text;

namespace Zakenak.Engine.Tests.Conformance;

/// <summary>Text of any characters that there are.</summary>
internal static class RandomText
{
    public static string Of(Random random, int runes)
    {
        var text = new StringBuilder();
        while (runes-- > 0)
        {
            var value = random.Next(10) switch
            {
                < 5 => random.Next(0x20, 0x7F),
                5 => random.Next(0x00, 0x20),
                6 => random.Next(0x80, 0x800),
                7 => random.Next(0x4E00, 0x9FFF),
                8 => random.Next(0x1F300, 0x1FAFF),
                _ => random.Next(0x110000),
            };
            if (Rune.IsValid(value))
                text.Append(new Rune(value));
        }

        return text.ToString();
    }
}
