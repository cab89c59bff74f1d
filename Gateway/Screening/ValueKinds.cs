namespace Zakenak.Gateway.Screening;

/// <summary>Which kinds of JSON values a parameter may have. Null counts as absent.</summary>
[Flags]
internal enum ValueKinds
{
    Text = 1,
    Boolean = 2,
    Number = 4,

    /// <summary>A number without fraction or exponent.</summary>
    Integer = 8,
    Array = 16,
    Object = 32,
}
