using System.Globalization;
using System.Text.Json;

namespace Zakenak.ModelServer.Structured.Schema;

/// <summary>RFC 6901: names a place in a JSON document.</summary>
internal static class JsonPointer
{
    /// <summary>A place one step below another.</summary>
    public static string Below(string pointer, string name) =>
        $"{pointer}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";

    public static string Below(string pointer, string name, int index) => Below(Below(pointer, name), index.ToString(CultureInfo.InvariantCulture));

    /// <summary>What a <c>$ref</c> to this very document leads to.</summary>
    public static bool TryFollow(JsonElement root, string reference, out string pointer, out JsonElement target)
    {
        (pointer, target) = (string.Empty, root);
        if (!reference.StartsWith('#') || (reference.Length > 1 && reference[1] != '/'))
        {
            return false;
        }

        foreach (var part in Uri.UnescapeDataString(reference[1..]).Split('/').Skip(1))
        {
            var name = part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            switch (target.ValueKind)
            {
                case JsonValueKind.Object when target.TryGetProperty(name, out var member):
                    target = member;
                    break;
                case JsonValueKind.Array when int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < target.GetArrayLength():
                    target = target[index];
                    break;
                default:
                    return false;
            }

            pointer = Below(pointer, name);
        }

        return true;
    }
}
