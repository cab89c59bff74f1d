using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Zakenak.Contracts;

namespace Zakenak.Gateway.Rollouts;

/// <summary>The file of rollouts that are wanted: <c>{"rollouts": [ORDER]}</c>, at most one for a model, each with its <c>from</c>.</summary>
/// <param name="Orders">By model, with the hash by which a changed one is known.</param>
internal sealed partial record RolloutFile(ImmutableSortedDictionary<string, (RolloutOrder Order, string Hash)> Orders)
{
    private const int MaxBytes = 1024 * 1024;

    public static RolloutFile Nothing { get; } = new(ImmutableSortedDictionary<string, (RolloutOrder, string)>.Empty);

    /// <exception cref="InvalidDataException">It can't be taken; the message names the place.</exception>
    public static RolloutFile Read(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (stream.Length > MaxBytes)
                throw new InvalidDataException($"'{path}' is larger than {MaxBytes} bytes.");
            var content = JsonSerializer.Deserialize(stream, FileJson.Default.Content) ?? throw new InvalidDataException($"'{path}' is null.");
            var orders = ImmutableSortedDictionary.CreateBuilder<string, (RolloutOrder, string)>(StringComparer.Ordinal);
            for (var i = 0; i < content.Rollouts.Count; i++)
            {
                var order = content.Rollouts[i] ?? throw new InvalidDataException($"'{path}': $.rollouts[{i}] is null.");
                if ((RolloutOrders.FaultOf(order) ?? (order.From is null ? "from must be there: a file is read before it is known what is served." : null)) is { } fault)
                    throw new InvalidDataException($"'{path}': $.rollouts[{i}]: {fault}");
                var hash = Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(order, FileJson.Default.RolloutOrder)));
                if (!orders.TryAdd(order.Model, (order, hash)))
                    throw new InvalidDataException($"'{path}': $.rollouts[{i}]: model has an earlier item.");
            }

            return new RolloutFile(orders.ToImmutable());
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{path}' is no file of rollouts: line {e.LineNumber + 1}, byte {e.BytePositionInLine}, at {e.Path ?? "$"}.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"'{path}' can't be read: {e.Message}");
        }
    }

    internal sealed record Content([property: JsonPropertyName("rollouts"), JsonRequired] IReadOnlyList<RolloutOrder> Rollouts);

    [JsonSourceGenerationOptions(UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, AllowDuplicateProperties = false)]
    [JsonSerializable(typeof(Content))]
    private sealed partial class FileJson : JsonSerializerContext;
}
