using System.Buffers;
using System.Globalization;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Zakenak.Gateway.Screening.Redaction;

namespace Zakenak.Services.Tests.Gateway.Screening;

/// <summary>A text is redacted in the same way however it is cut, and no more of it waits than must.</summary>
public class RedactedTextTests
{
    private static readonly PatternSet _all = new([
        new SecretPattern(), new EmailPattern(), new CardPattern(), new IbanPattern(),
        Own("staff", @"\bS-[0-9]{3,5}\b"), Own("case", "(?:aa|[b-d]{1,3}x){1,4}y?", ignoreCase: true), Own("pair", @"😀.\p{L}{0,2}")]);

    /// <summary>Words of which matches, near matches and what surrounds them are made.</summary>
    private static readonly string[] _words =
    [
        "4111 1111 1111 1111", "4111111111111111", "3782 822463 10005", "5555-5555-5555-4444", "6011", "1111", " ", " ", "-", "4", "20241121", "\u00A0",
        "ann@example.org", "ann", ".o", "@", "b.co", "@x", "+tag", "_", "é", "'", "xn--a", "%",
        "DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819", "DE", "89", "37", "NL91",
        "sk-", "abcdefghijklmnopqrstuv0123456789", "AKIA", "IOSFODNN7EXAMPLE", "eyJ", "hbGciOiJ9.eyJ", "ghp_", "z", "s",
        "-----BEGIN PRIVATE KEY-----", "-----BEGIN ", "-----END PRIVATE KEY-----", "-----", "\n",
        "S-12", "34", "S", "aa", "bcx", "y", "A", "B", "😀", "日本語", ".", ",", "{", "\"", "\\", ":", "n",
    ];

    private static RegexPattern Own(string name, string regex, bool ignoreCase = false)
    {
        var (pattern, fault) = RegexPattern.TryCreate(name, regex, ignoreCase, TimeSpan.FromSeconds(5));
        Assert.Null(fault);
        return pattern!;
    }

    private static Gen<string> Texts() => Gen.Elements(_words).ListOf().Select(words => string.Concat(words));

    /// <summary>Where a text is cut: never within a surrogate pair, for no event of JSON can hold half of one.</summary>
    private static Gen<(string Text, int[] Cuts)> CutTexts() =>
        from text in Texts()
        from cuts in Gen.Choose(0, text.Length).ListOf()
        select (text, cuts.Append(text.Length).Where(cut => cut == 0 || cut == text.Length || !char.IsLowSurrogate(text[cut])).Order().ToArray());

    private static string Redact(PatternSet patterns, string text, params int[] cuts)
    {
        using var redactor = new TextRedactor(patterns, _ => { });
        var output = new ArrayBufferWriter<char>();
        var from = 0;
        foreach (var cut in cuts)
        {
            redactor.Append(text.AsSpan(from, cut - from), isEnd: false, output);
            Assert.InRange(redactor.Waiting, 0, patterns.MaxUndecided);
            from = cut;
        }

        redactor.Append(text.AsSpan(from), isEnd: true, output);
        Assert.Equal(0, redactor.Waiting);
        return output.WrittenSpan.ToString();
    }

    [Fact]
    public void However_a_text_is_cut_what_comes_out_is_the_same() => Prop.ForAll(CutTexts().ToArbitrary(), sample =>
    {
        var whole = Redact(_all, sample.Text);
        Assert.Equal(whole, Redact(_all, sample.Text, sample.Cuts));
        Assert.Equal(whole, Redact(_all, sample.Text, [.. Enumerable.Range(0, sample.Text.Length).Where(cut => !char.IsLowSurrogate(sample.Text[cut]))]));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(700));

    [Fact]
    public void Each_pattern_alone_is_as_exact() => Prop.ForAll(CutTexts().ToArbitrary(), sample =>
    {
        foreach (var pattern in _all.Patterns)
        {
            var only = new PatternSet([pattern]);
            Assert.Equal(Redact(only, sample.Text), Redact(only, sample.Text, sample.Cuts));
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));

    [Fact]
    public void Text_without_a_match_comes_out_as_it_went_in() => Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), text =>
    {
        // Letters that no pattern can make anything of, but that may begin one.
        var plain = string.Concat(text.Get.Where(c => !char.IsSurrogate(c) && c is not ('@' or '-' or 'a' or 'A' or 'x' or 'X') && !char.IsAsciiDigit(c)));
        Assert.Equal(plain, Redact(_all, plain, [.. Enumerable.Range(0, plain.Length)]));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_card_is_taken_out_and_with_another_last_digit_it_is_none() => Prop.ForAll(Cards().ToArbitrary(), card =>
    {
        var only = new PatternSet([new CardPattern()]);
        Assert.Equal("pay [card] now", Redact(only, $"pay {card} now"));
        if (card.Count(c => !char.IsAsciiDigit(c)) == 4)
            return; // The first four groups may be a card by themselves.
        var wrong = card[..^1] + (char)('0' + ((card[^1] - '0' + 1) % 10));
        Assert.Equal($"pay {wrong} now", Redact(only, $"pay {wrong} now"));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));

    [Fact]
    public void What_waits_is_only_what_may_become_a_match()
    {
        using var redactor = new TextRedactor(_all, _ => { });
        var output = new ArrayBufferWriter<char>();
        (string Piece, string Out)[] steps =
        [
            ("Hello,", "Hello,"), (" you", " "), (" there", "you "), (". ", "there. "), ("2024 is", "2024 "), (" ", "is "), ("4111", ""), (" 1111 1111", ""),
            (" 1111", ""), (" ok", "[card] "), ("! 日本語", "ok! 日本語"), ("DE", ""), ("R", ""), (" ", "DER "), ("sk-012345678901234567890", ""), ("!", "[secret]!"),
        ];
        foreach (var (piece, expected) in steps)
        {
            output.Clear();
            redactor.Append(piece, isEnd: false, output);
            Assert.Equal(expected, output.WrittenSpan.ToString());
        }
    }

    [Fact]
    public void Text_that_is_JSON_stays_JSON_and_says_the_same_but_for_what_is_taken_out() => Prop.ForAll(Documents().ToArbitrary(), sample =>
    {
        var patterns = new PatternSet([new EmailPattern(), new CardPattern()]);
        string Arguments(params int[] cuts)
        {
            using var redactor = new JsonTextRedactor(patterns, _ => { });
            var output = new ArrayBufferWriter<char>();
            var from = 0;
            foreach (var cut in cuts)
            {
                redactor.Append(sample.Json.AsSpan(from, cut - from), isEnd: false, output);
                from = cut;
            }

            redactor.Append(sample.Json.AsSpan(from), isEnd: true, output);
            return output.WrittenSpan.ToString();
        }

        var whole = Arguments();
        Assert.Equal(whole, Arguments([.. Enumerable.Range(0, sample.Json.Length)]));
        using var document = JsonDocument.Parse(whole);
        Assert.Equal(Redact(patterns, sample.Text), document.RootElement.GetProperty("text").GetString());
        Assert.Equal("[card]", document.RootElement.GetProperty("number").GetString());
        Assert.Equal(7, document.RootElement.GetProperty("list")[0].GetInt32());
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));

    private static Gen<(string Text, string Json)> Documents() =>
        from text in Texts()
        from escaped in Gen.Elements(true, false)
        select (text, $$"""{"text":{{JsonSerializer.Serialize(text, escaped ? JsonSerializerOptions.Default : s_relaxed)}},"number":4111111111111111, "list":[7,true]}""");

    private static readonly JsonSerializerOptions s_relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static Gen<string> Cards() =>
        from shape in Gen.Elements(new[] { 16 }, [13], [15], [19], [4, 4, 4, 4], [4, 4, 4, 4, 3], [4, 6, 5], [4, 6, 4])
        from digits in Gen.Choose(0, 9).ArrayOf(shape.Sum())
        from first in Gen.Choose(2, 6)
        from separator in Gen.Elements(' ', '-')
        select Printed(digits, first, shape, separator);

    private static string Printed(int[] digits, int first, int[] shape, char separator)
    {
        digits[0] = first;
        var sum = digits.SkipLast(1).Reverse().Select((digit, i) => i % 2 == 0 ? (digit * 2 / 10) + (digit * 2 % 10) : digit).Sum();
        digits[^1] = (10 - (sum % 10)) % 10;
        var text = string.Concat(digits.Select(digit => digit.ToString(CultureInfo.InvariantCulture)));
        var at = 0;
        return string.Join(separator, shape.Select(length => text[at..(at += length)]));
    }
}
