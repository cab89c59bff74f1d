using System.Text.Json;

namespace Zakenak.Gateway.Protocols;

/// <summary>Writes values that are JSON already.</summary>
internal static class RawJson
{
    public static void WriteRawProperty(this Utf8JsonWriter json, string name, ReadOnlySpan<byte> value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(value, skipInputValidation: true);
    }
}
