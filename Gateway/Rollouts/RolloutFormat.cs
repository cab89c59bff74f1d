using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Zakenak.Gateway.State;

namespace Zakenak.Gateway.Rollouts;

/// <summary>How rollouts are stored.</summary>
internal sealed partial class RolloutFormat : IStateFormat<RolloutBook>
{
    public RolloutBook Empty => RolloutBook.Empty;

    public RolloutBook Read(ReadOnlySpan<byte> content)
    {
        try
        {
            var stored = JsonSerializer.Deserialize(content, RolloutJson.Default.Stored) ?? throw new InvalidDataException("It is null.");
            foreach (var rollout in stored.Rollouts)
            {
                if (rollout.Steps.Count == 0 || rollout.Step < 0 || rollout.Step >= rollout.Steps.Count)
                    throw new InvalidDataException($"The rollout of {rollout.Model} is at a step that it does not have.");
            }

            return new RolloutBook(
                stored.Rollouts.ToImmutableSortedDictionary(r => r.Model, r => r, StringComparer.Ordinal),
                stored.Declared.ToImmutableSortedDictionary(StringComparer.Ordinal));
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"It is no state of rollouts: line {e.LineNumber + 1}, byte {e.BytePositionInLine}, at {e.Path ?? "$"}.");
        }
        catch (ArgumentException)
        {
            throw new InvalidDataException("It has two rollouts of one model.");
        }
    }

    public byte[] Write(RolloutBook value) =>
        JsonSerializer.SerializeToUtf8Bytes(new Stored([.. value.Rollouts.Values], new Dictionary<string, string>(value.Declared)), RolloutJson.Default.Stored);

    internal sealed record Stored(
        [property: JsonRequired] IReadOnlyList<Rollout> Rollouts,
        [property: JsonRequired] IReadOnlyDictionary<string, string> Declared);

    [JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, IgnoreReadOnlyProperties = true,
        RespectNullableAnnotations = true, AllowDuplicateProperties = false)]
    [JsonSerializable(typeof(Stored))]
    private sealed partial class RolloutJson : JsonSerializerContext;
}
