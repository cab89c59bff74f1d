namespace Zakenak.Engine.Tokens;

/// <summary>What a token is as text.</summary>
internal enum TokenKind : byte
{
    /// <summary>Whole characters.</summary>
    Whole,

    /// <summary>Bytes that are no characters by themselves.</summary>
    Part,

    /// <summary>The end of an answer.</summary>
    End,

    /// <summary>Special, or nothing that a text could hold.</summary>
    None,
}
