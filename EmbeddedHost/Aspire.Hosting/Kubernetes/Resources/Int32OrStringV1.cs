using System.Globalization;

namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>A port or a bound that is a number, a name or a percentage.</summary>
public sealed record Int32OrStringV1(int? Number = null, string? Text = null)
{
    public Int32OrStringV1(int value)
        : this(Number: value)
    {
    }

    public Int32OrStringV1(string? value)
        : this(int.TryParse(value, out var number) ? number : null, int.TryParse(value, out _) ? null : value)
    {
    }

    public string? Value => Number?.ToString(CultureInfo.InvariantCulture) ?? Text;

    public static implicit operator Int32OrStringV1(int value) => new(value);

    public static implicit operator Int32OrStringV1?(string? value) => value is null ? null : new(value);

    public override string? ToString() => Value;
}
