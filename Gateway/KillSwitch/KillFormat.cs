using System.Text.Json;
using System.Text.Json.Serialization;
using Zakenak.Contracts;
using Zakenak.Gateway.Routing;
using Zakenak.Gateway.State;

namespace Zakenak.Gateway.KillSwitch;

/// <summary>How what is stopped is written: <c>{"kills": [{"kind": "tenant", "value": "acme"}]}</c>.</summary>
internal sealed partial class KillFormat : IStateFormat<KillSet>
{
    /// <summary>Of a value and a reason.</summary>
    public const int MaxText = 256;

    public KillSet Empty => KillSet.Nothing;

    public KillSet Read(ReadOnlySpan<byte> content)
    {
        try
        {
            var file = JsonSerializer.Deserialize(content, KillJson.Default.KillFile) ?? throw new InvalidDataException("It is null.");
            for (var i = 0; i < file.Kills.Count; i++)
            {
                if (FaultOf(file.Kills[i]?.Kind, file.Kills[i]?.Value, file.Kills[i]?.Reason) is { } fault)
                    throw new InvalidDataException($"$.kills[{i}]: {fault}");
            }

            return new KillSet([.. file.Kills.DistinctBy(k => (k.Kind, k.Value))]);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"It is no list of kills: line {e.LineNumber + 1}, byte {e.BytePositionInLine}, at {e.Path ?? "$"}.");
        }
    }

    public byte[] Write(KillSet value) => JsonSerializer.SerializeToUtf8Bytes(new KillFile(value.Kills), KillJson.Default.KillFile);

    /// <summary>Null where this can be stopped.</summary>
    public static string? FaultOf(string? kind, string? value, string? reason) =>
        kind is not (KillSet.Version or KillSet.Tenant or KillSet.Key) ? "kind must be version, tenant or key."
        : value is not { Length: > 0 and <= MaxText } || value.Any(char.IsControl) ? $"value must have 1 to {MaxText} characters, and none of control."
        : kind == KillSet.Version && !(value.Split(':') is [{ Length: > 0 }, var version] && ModelVersion.IsVersion(version)) ? "value must be a version, NAME:vN."
        : reason?.Length > MaxText ? $"reason must have at most {MaxText} characters."
        : null;

    internal sealed record KillFile([property: JsonPropertyName("kills"), JsonRequired] IReadOnlyList<Kill> Kills);

    // A member that nobody knows is a slip of the pen in what somebody meant to stop.
    [JsonSourceGenerationOptions(WriteIndented = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, AllowDuplicateProperties = false)]
    [JsonSerializable(typeof(KillFile))]
    private sealed partial class KillJson : JsonSerializerContext;
}
