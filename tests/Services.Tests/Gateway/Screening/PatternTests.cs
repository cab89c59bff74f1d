using System.Buffers;
using Zakenak.Gateway.Screening.Redaction;

namespace Zakenak.Services.Tests.Gateway.Screening;

public class PatternTests
{
    [Theory]
    [InlineData("Write to ann.lee+x@mail.example.co.uk.", "Write to [email].")]
    [InlineData("**_ann@example.org_**", "**[email]_**")]
    [InlineData("mailto:ann@example.org?subject=x", "mailto:[email]?subject=x")]
    [InlineData("müller@bücher.de", "[email]")]
    [InlineData("a@b@c.org", "a@[email]")]
    [InlineData("ann@localhost and @ann and ann@ x", "ann@localhost and @ann and ann@ x")]
    [InlineData("ann@example.o1 ann@-x.org ann@x..org", "ann@example.o1 ann@-x.org ann@x..org")]
    public void Addresses_are_found_and_what_looks_like_them_is_not(string text, string expected) => Assert.Equal(expected, Redact(new EmailPattern(), text));

    [Theory]
    [InlineData("4111111111111111", "[card]")]
    [InlineData("no:4111 1111 1111 1111.", "no:[card].")]
    [InlineData("4111 1111 1111 1111 2024", "[card] 2024")]
    [InlineData("5555 4111 1111 1111 1111", "5555 [card]")]
    [InlineData("3782-822463-10005", "[card]")]
    [InlineData("4111-1111 1111-1111", "4111-1111 1111-1111")]
    [InlineData("4111111111111112", "4111111111111112")]
    [InlineData("0000000000000000", "0000000000000000")]
    [InlineData("12024111111111111111138", "12024111111111111111138")]
    [InlineData("9 4111111111111111 9", "9 [card] 9")]
    [InlineData("2024-11-21 17:00", "2024-11-21 17:00")]
    public void Cards_are_right_by_Luhn_and_shaped_as_printed(string text, string expected) => Assert.Equal(expected, Redact(new CardPattern(), text));

    [Theory]
    [InlineData("DE89 3704 0044 0532 0130 00, please", "[iban], please")]
    [InlineData("GB29NWBK60161331926819", "[iban]")]
    [InlineData("NO93 8601 1117 947", "[iban]")]
    [InlineData("DE89 3704 0044 0532 0130 01", "DE89 3704 0044 0532 0130 01")]
    [InlineData("DE893704004405320130001", "DE893704004405320130001")]
    [InlineData("XDE89370400440532013000", "XDE89370400440532013000")]
    [InlineData("US12 3456", "US12 3456")]
    public void Account_numbers_are_right_by_their_check_digits_and_their_countrys_length(string text, string expected) => Assert.Equal(expected, Redact(new IbanPattern(), text));

    [Theory]
    [InlineData("key=sk-proj-0123456789abcdefghijklmn;", "key=[secret];")]
    [InlineData("zk-0123456789abcdef-0123456789abcdefghijklmnopqrstuvwxyzABCDEFG", "[secret]")]
    [InlineData("AKIAIOSFODNN7EXAMPLE", "[secret]")]
    [InlineData("Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc_def-", "Bearer [secret]")]
    [InlineData("-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE/+x=\n-----END EC PRIVATE KEY-----\nafter", "[secret]\nafter")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMHcC and all that follows", "[secret]")]
    [InlineData("-----BEGIN CERTIFICATE-----\nMIIB", "-----BEGIN CERTIFICATE-----\nMIIB")]
    [InlineData("sk-short task-0123456789abcdefghijklmnop eyJub3RhdG9rZW4", "sk-short task-0123456789abcdefghijklmnop eyJub3RhdG9rZW4")]
    public void Secrets_are_known_by_how_they_begin(string text, string expected) => Assert.Equal(expected, Redact(new SecretPattern(), text));

    [Fact]
    public void A_secret_has_no_greatest_length()
    {
        Assert.Equal("a [secret] b", Redact(new SecretPattern(), $"a sk-{new string('x', 100_000)} b"));
        Assert.Equal("[secret]!", Redact(new SecretPattern(), $"-----BEGIN PRIVATE KEY-----{new string('x', 100_000)}-----END PRIVATE KEY-----!"));
    }

    [Fact]
    public void Of_matches_at_one_place_the_longest_counts()
    {
        var (own, _) = RegexPattern.TryCreate("own", "ann@", ignoreCase: false, TimeSpan.FromSeconds(1));
        Assert.Equal("[email], [own]x", Redact(new PatternSet([own!, new EmailPattern()]), "ann@example.org, ann@x"));
    }

    [Theory]
    [InlineData("a+", "no upper bound")]
    [InlineData("a*", "no upper bound")]
    [InlineData("a{2,}", "bounds")]
    [InlineData("a{1,9999}", "bounds")]
    [InlineData("(?:a{1,500}){1,2}", "1000 characters")]
    [InlineData("a?", "nothing at all")]
    [InlineData("a|", "nothing at all")]
    [InlineData("(?=a)b", "(?=")]
    [InlineData("(?<=a)b", "(?<")]
    [InlineData("(a)\\1", "\\1")]
    [InlineData("^a", "'^'")]
    [InlineData("a$", "'$'")]
    [InlineData("a)", "closes nothing")]
    [InlineData("(a", "missing")]
    [InlineData("[a", "missing")]
    [InlineData("a\\", "ends with")]
    [InlineData("[z-a]", "range")]
    [InlineData("(?:(?:(?:(?:a{1,4}){1,4}b?){1,4}c?){1,4}d?){1,2}", "characters")]
    public void What_can_not_be_searched_for_in_a_stream_in_linear_time_is_refused_by_name(string regex, string why)
    {
        var (pattern, fault) = RegexPattern.TryCreate("own", regex, ignoreCase: false, TimeSpan.FromSeconds(1));

        Assert.Null(pattern);
        Assert.Contains(why, fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(?:x+x+)+y")]
    [InlineData("(x{1,8}){1,8}y")]
    [InlineData("[\\w.]{1,64}z[^\\]\\d-[aeiou]]?")]
    public void No_pattern_takes_more_than_linear_time(string regex)
    {
        var (pattern, fault) = RegexPattern.TryCreate("own", regex, ignoreCase: true, TimeSpan.FromSeconds(2));
        if (pattern is null)
        {
            Assert.Contains("no upper bound", fault, StringComparison.Ordinal);
            return;
        }

        var text = new string('x', 20_000);
        Assert.Equal(text, Redact(pattern, text));
    }

    private static string Redact(Pattern pattern, string text) => Redact(new PatternSet([pattern]), text);

    /// <summary>In one piece and letter by letter.</summary>
    private static string Redact(PatternSet patterns, string text)
    {
        using var redactor = new TextRedactor(patterns, _ => { });
        var whole = new ArrayBufferWriter<char>();
        redactor.Append(text, isEnd: true, whole);
        var pieces = new ArrayBufferWriter<char>();
        for (var i = 0; i < text.Length; i += 1 + (i / 1000))
            redactor.Append(text.AsSpan(i, Math.Min(1 + (i / 1000), text.Length - i)), isEnd: false, pieces);
        redactor.Append([], isEnd: true, pieces);
        Assert.Equal(whole.WrittenSpan, pieces.WrittenSpan);
        return whole.WrittenSpan.ToString();
    }
}
