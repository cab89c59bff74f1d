namespace Zakenak.Gateway.Screening.Redaction;

/// <summary>A kind of key that is known by how it begins.</summary>
/// <param name="Prefix">What it begins with.</param>
/// <param name="Alphabet">What follows consists of.</param>
/// <param name="MinRest">Least characters after the prefix.</param>
/// <param name="Contains">What must be among the first characters after the prefix; "" for nothing.</param>
internal sealed record SecretKind(string Prefix, SecretAlphabet Alphabet, int MinRest, string Contains = "")
{
    /// <summary>Within how many characters after the prefix that must be; a token's header is shorter.</summary>
    public const int MaxHeader = 512;

    public static IReadOnlyList<SecretKind> All { get; } =
    [
        new("sk-", SecretAlphabet.Base64Url, 20),
        new("zk-", SecretAlphabet.Base64Url, 32),
        new("ghp_", SecretAlphabet.Base64Url, 36),
        new("gho_", SecretAlphabet.Base64Url, 36),
        new("ghu_", SecretAlphabet.Base64Url, 36),
        new("ghs_", SecretAlphabet.Base64Url, 36),
        new("ghr_", SecretAlphabet.Base64Url, 36),
        new("github_pat_", SecretAlphabet.Base64Url, 22),
        new("glpat-", SecretAlphabet.Base64Url, 20),
        new("xoxa-", SecretAlphabet.Base64Url, 10),
        new("xoxb-", SecretAlphabet.Base64Url, 10),
        new("xoxp-", SecretAlphabet.Base64Url, 10),
        new("xoxr-", SecretAlphabet.Base64Url, 10),
        new("xoxs-", SecretAlphabet.Base64Url, 10),
        new("AKIA", SecretAlphabet.CapitalsAndDigits, 16),
        new("ASIA", SecretAlphabet.CapitalsAndDigits, 16),
        new("AIza", SecretAlphabet.Base64Url, 35),
        new("npm_", SecretAlphabet.Base64Url, 36),
        new("hf_", SecretAlphabet.Base64Url, 30),
        new("eyJ", SecretAlphabet.Token, 30, Contains: ".eyJ"),
    ];

    public bool Holds(char c) => Alphabet switch
    {
        SecretAlphabet.CapitalsAndDigits => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c),
        SecretAlphabet.Token => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.',
        _ => char.IsAsciiLetterOrDigit(c) || c is '-' or '_',
    };
}
