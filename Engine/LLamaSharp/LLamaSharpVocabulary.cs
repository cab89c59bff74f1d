using System.Text;
using LLama.Native;
using Zakenak.Engine.Sampling;
using Zakenak.Engine.Tokens;

namespace Zakenak.Engine.LLamaSharp;

/// <summary>The vocabulary by LLamaSharp.</summary>
internal sealed class LLamaSharpVocabulary : Vocabulary
{
    private readonly SafeLlamaModelHandle _model;

    public LLamaSharpVocabulary(SafeLlamaModelHandle model) : base(model, model.Vocab.Count, model.Vocab.Type == LLamaVocabType.BytePairEncoding)
    {
        _model = model;
        var vocab = model.Vocab;
        (BeginText, EndText) = (vocab.LLamaTokenToString(vocab.BOS, isSpecialToken: true) ?? string.Empty, vocab.LLamaTokenToString(vocab.EOS, isSpecialToken: true) ?? string.Empty);
        BeginOfSequence = vocab.ShouldAddBOS && vocab.BOS is { } begin ? (int)begin : null;
    }

    private protected override int[] TokenizePiece(ReadOnlySpan<char> text, bool parseSpecial)
    {
        try
        {
            return Array.ConvertAll(_model.Tokenize(text.ToString(), addBos: false, special: parseSpecial, Encoding.UTF8), token => (int)token);
        }
        catch (OverflowException e)
        {
            // LLamaSharp takes what llama.cpp says when it fails for a number of tokens.
            throw new EngineException(EngineErrorCode.TokenizeFailed, "The model's tokenizer gave no tokens for the text.", e);
        }
    }

    private protected override int Piece(int token, Span<byte> destination) => NativeApi.llama_token_to_piece(_model.Vocab, token, destination, lstrip: 0, special: false);

    private protected override bool Ends(int token) => ((LLamaToken)token).IsEndOfGeneration(_model);

    private protected override NativeSampler? NewGrammar(string gbnf)
    {
        var chain = LLamaSharpSampler.NewChain();
        if (chain.TryAddGrammar(_model, gbnf))
            return chain;
        chain.Dispose();
        return null;
    }
}
