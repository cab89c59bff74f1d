namespace Zakenak.ModelTrust;

/// <summary>Why a model, a key or a file is not accepted.</summary>
public sealed record Refusal
{
    public Refusal(string code, string message)
    {
        ArgumentNullException.ThrowIfNull(message);
        Code = code;
        Message = Printable(message);
    }

    /// <summary>One of <see cref="RefusalCodes"/>; stable across versions.</summary>
    public string Code { get; }

    /// <summary>One line that says what is wrong and what to do; no secret, no content of a model.</summary>
    public string Message { get; }

    public override string ToString() => $"{Code}: {Message}";

    /// <summary>Names that strangers chose appear in messages: no line break or escape sequence of theirs reaches a log or a terminal.</summary>
    public static string Printable(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '\ufffd' : c)) : text;
}
