using System.Text;

namespace Zakenak.RandomModel;

/// <summary>The <c>tokenizer.*</c> metadata of a GGUF: token texts with their types, and every other key as it was.</summary>
public sealed class Tokenizer
{
    internal const string TokensKey = "tokenizer.ggml.tokens";
    internal const string TypesKey = "tokenizer.ggml.token_type";
    internal const int NormalToken = 1;
    internal const int ControlToken = 3;

    private const string ChatMl =
        "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    internal Tokenizer(List<string> tokens, List<int> types, List<GgufPair> others) => (Tokens, Types, Others) = (tokens, types, others);

    /// <summary>Number of tokens.</summary>
    public int Count => Tokens.Count;

    internal List<string> Tokens { get; }

    internal List<int> Types { get; }

    internal List<GgufPair> Others { get; }

    /// <summary>
    /// A byte-level tokenizer that needs no file: 256 byte tokens without merges, the three special tokens of ChatML, and that template.
    /// <paramref name="preTokenizer"/> names the rule by which llama.cpp first splits text into words; a null
    /// <paramref name="chatTemplate"/> leaves the template out.
    /// </summary>
    public static Tokenizer Bytes(string preTokenizer = "gpt-2", string? chatTemplate = ChatMl)
    {
        var tokens = Enumerable.Range(0, 256).Select(b => ByteText((byte)b).ToString()).ToList();
        var types = Enumerable.Repeat(NormalToken, 256).ToList();
        tokens.AddRange(["<|endoftext|>", "<|im_start|>", "<|im_end|>"]);
        types.AddRange([ControlToken, ControlToken, ControlToken]);
        List<GgufPair> others = [
            GgufPair.Of("tokenizer.ggml.model", "gpt2"),
            GgufPair.Of("tokenizer.ggml.pre", preTokenizer),
            GgufPair.OfStrings("tokenizer.ggml.merges", []),
            GgufPair.Of("tokenizer.ggml.bos_token_id", 256u),
            GgufPair.Of("tokenizer.ggml.eos_token_id", 258u),
            GgufPair.Of("tokenizer.ggml.padding_token_id", 256u),
            GgufPair.Of("tokenizer.ggml.add_bos_token", false),
        ];
        if (chatTemplate is not null)
            others.Add(GgufPair.Of("tokenizer.chat_template", chatTemplate));
        return new Tokenizer(tokens, types, others);
    }

    /// <summary>The tokenizer of a GGUF file. Throws <see cref="InvalidDataException"/> if it is not a GGUF with one.</summary>
    public static Tokenizer FromGguf(string path)
    {
        using var reader = new GgufReader(File.OpenRead(path));
        return reader.ReadTokenizer();
    }

    /// <summary>
    /// This tokenizer with more tokens: each new one is the text of two old ones. No text is tokenised to them, as no merge makes them, but
    /// a random model writes them like any other.
    /// </summary>
    internal Tokenizer ExtendedTo(int count)
    {
        if (count < Count)
            throw new ArgumentException($"The tokenizer has {Count} tokens, more than the {count} of the model.");

        var tokens = new List<string>(Tokens);
        var types = new List<int>(Types);
        var known = Tokens.ToHashSet(StringComparer.Ordinal);
        var normal = Tokens.Where((_, i) => Types[i] == NormalToken).ToArray();
        for (var pair = 0L; tokens.Count < count && normal.Length > 0; pair++)
        {
            if (pair >= (long)normal.Length * normal.Length)
                throw new ArgumentException($"{normal.Length} normal tokens have too few pairs for {count} tokens.");
            // The second half walks faster, so that neighbours in the vocabulary do not all begin alike.
            var text = normal[(int)(pair % normal.Length)] + normal[(int)(((pair * 31) + (pair / normal.Length)) % normal.Length)];
            if (!known.Add(text))
                continue;
            tokens.Add(text);
            types.Add(NormalToken);
        }

        return new Tokenizer(tokens, types, Others);
    }

    // GPT-2's way to write any byte as a printable character: printable ones are themselves, the others follow from U+0100.
    private static Rune ByteText(byte value)
    {
        static bool Printable(int b) => b is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE and <= 0xFF;
        return Printable(value) ? new Rune(value) : new Rune(0x100 + Enumerable.Range(0, value).Count(b => !Printable(b)));
    }
}
