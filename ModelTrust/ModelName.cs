namespace Zakenak.ModelTrust;

/// <summary>How models and their versions may be called: safe as folder, URL part and label on every system.</summary>
public static class ModelName
{
    public const int MaxLength = 64;

    public static bool IsName(string? text) =>
        text is { Length: > 0 and <= MaxLength }
        && char.IsAsciiLetterLower(text[0]) | char.IsAsciiDigit(text[0])
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '_' or '-');

    /// <summary><c>v1</c>, <c>v2</c>, …</summary>
    public static bool IsVersion(string? text) =>
        text is { Length: >= 2 and <= 10 } && text[0] == 'v' && text[1] != '0' && text.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0;

    /// <summary>The subject of the signed statement.</summary>
    public static string Subject(string name, string version) => $"{name}:{version}";

    public static Refusal? Check(string name, string version) =>
        !IsName(name) ? new Refusal(RefusalCodes.NameNotAllowed, $"'{name}' can't be a model's name. Use up to {MaxLength} of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit.")
        : !IsVersion(version) ? new Refusal(RefusalCodes.NameNotAllowed, $"'{version}' can't be a version. Use v1, v2, v3 and so on.")
        : null;
}
