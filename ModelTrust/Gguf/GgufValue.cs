namespace Zakenak.ModelTrust.Gguf;

/// <summary>One metadata value. Arrays are checked and counted, their elements are not kept.</summary>
public readonly record struct GgufValue
{
    public GgufValueType Type { get; init; }

    /// <summary>The text of a string.</summary>
    public string? Text { get; init; }

    /// <summary>Whole numbers and booleans; null for the rest and for what is beyond 2^63.</summary>
    public long? Whole { get; init; }

    public double? Real { get; init; }

    /// <summary>Type of an array's elements.</summary>
    public GgufValueType? ElementType { get; init; }

    /// <summary>Number of an array's elements.</summary>
    public long Count { get; init; }
}
