using System.Text.Json;
using System.Text.Json.Serialization;
using Zakenak.Contracts;
using Zakenak.Gateway.Limits;

namespace Zakenak.Gateway.Identity.ApiKeys;

/// <summary>The file of hashed keys. What is wrong with it is said by place, never by value.</summary>
/// <param name="Tenants">Limits by the name of a tenant; absent: the defaults.</param>
internal sealed partial record ApiKeyFile(
    [property: JsonPropertyName("keys"), JsonRequired] IReadOnlyList<ApiKeyItem> Keys,
    [property: JsonPropertyName("tenants")] IReadOnlyDictionary<string, TenantLimitSet>? Tenants)
{
    private const long MaxBytes = 8 * 1024 * 1024;

    private static readonly Dictionary<string, TenantLimitSet> _noTenants = [];

    /// <summary>Where there is no file.</summary>
    public static ApiKeyFile Empty { get; } = new([], null);

    /// <summary>Never null.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, TenantLimitSet> TenantLimits => Tenants ?? _noTenants;

    /// <summary>Reads and checks the file.</summary>
    /// <exception cref="InvalidDataException">The file can't be taken; the message names the place.</exception>
    public static ApiKeyFile Read(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (stream.Length > MaxBytes)
                throw new InvalidDataException($"'{path}' is larger than {MaxBytes} bytes.");
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            return Read(content, $"'{path}'");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"'{path}' can't be read: {e.Message}");
        }
    }

    /// <summary>Reads and checks the text of such a file.</summary>
    /// <param name="name">What it is, for messages.</param>
    /// <exception cref="InvalidDataException">It can't be taken; the message names the place.</exception>
    public static ApiKeyFile Read(ReadOnlySpan<byte> content, string name)
    {
        try
        {
            var file = JsonSerializer.Deserialize(content, ApiKeyJson.Default.ApiKeyFile)
                ?? throw new InvalidDataException($"{name} holds null instead of an object.");
            return file.Fault() is { } fault ? throw new InvalidDataException($"{name} is not a file of keys: {fault}.") : file;
        }
        catch (JsonException e)
        {
            // The parser's own message can quote the text at fault, which may be a hash or, by mistake, a key.
            throw new InvalidDataException($"{name} is not a file of keys: line {e.LineNumber + 1}, byte {e.BytePositionInLine}, at {e.Path ?? "$"}.");
        }
    }

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, ApiKeyJson.Default.ApiKeyFile);

    /// <summary>The first thing that is wrong with a key; null where nothing is.</summary>
    public static (string Member, string What)? FaultOf(ApiKeyItem key) =>
        key.Fault() is { } fault ? fault
        : ApiKeyRing.LimitsOf(key).Fault() is var (member, range) ? (member, $"is not in {range}")
        : null;

    private string? Fault()
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < Keys.Count; i++)
        {
            if (Keys[i] is not { } key)
                return $"$.keys[{i}] is null";
            if (FaultOf(key) is var (member, what))
                return $"$.keys[{i}].{member} {what}";
            if (!ids.Add(key.Id))
                return $"$.keys[{i}].id is taken by an earlier key";
        }

        return TenantLimits.Select(t => FaultOf(t.Key, t.Value)).FirstOrDefault(f => f is not null);
    }

    private static string? FaultOf(string tenant, TenantLimitSet? limits)
    {
        if (!TenantName.IsValid(tenant))
            return "a member of $.tenants is not named as a tenant can be";
        return FaultAt($"$.tenants.{tenant}", limits)
            ?? (limits!.Models ?? new Dictionary<string, LimitSet>()).Select(m => FaultAt($"$.tenants.{tenant}.models['{m.Key}']", m.Value)).FirstOrDefault(f => f is not null);
    }

    private static string? FaultAt(string place, LimitSet? limits) =>
        limits is null ? $"{place} is null"
        : limits.Fault() is var (member, range) ? $"{place}.{member} is not in {range}"
        : null;

    [JsonSourceGenerationOptions(
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, AllowDuplicateProperties = false,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonSerializable(typeof(ApiKeyFile))]
    private sealed partial class ApiKeyJson : JsonSerializerContext;
}
