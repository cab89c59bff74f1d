using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Zakenak.Contracts;
using Zakenak.Gateway.Limits;

namespace Zakenak.Gateway.ApiKeys;

/// <summary>The file of hashed keys. What is wrong with it is said by place, never by value.</summary>
/// <param name="Tenants">Limits by the name of a tenant; absent: the defaults.</param>
internal sealed partial record ApiKeyFile(
    [property: JsonPropertyName("keys"), JsonRequired] IReadOnlyList<ApiKeyFile.Item> Keys,
    [property: JsonPropertyName("tenants")] IReadOnlyDictionary<string, TenantLimitSet>? Tenants)
{
    private const long MaxBytes = 8 * 1024 * 1024;

    /// <summary>They travel in a header with every request of the key.</summary>
    private const int MaxFeatureCharacters = 4096;

    /// <param name="Sha256">Hex SHA-256 of the whole key.</param>
    /// <param name="Models">Absent: every model.</param>
    /// <param name="Features">Absent: none.</param>
    internal sealed record Item(
        [property: JsonPropertyName("id"), JsonRequired] string Id,
        [property: JsonPropertyName("sha256"), JsonRequired] string Sha256,
        [property: JsonPropertyName("tenant"), JsonRequired] string Tenant,
        [property: JsonPropertyName("models")] IReadOnlyList<string>? Models,
        [property: JsonPropertyName("features")] IReadOnlyList<FeatureGrant>? Features,
        [property: JsonPropertyName("requests_per_minute")] int? RequestsPerMinute,
        [property: JsonPropertyName("tokens_per_minute")] long? TokensPerMinute,
        [property: JsonPropertyName("concurrent_requests")] int? ConcurrentRequests,
        [property: JsonPropertyName("created")] DateTimeOffset? Created,
        [property: JsonPropertyName("expires")] DateTimeOffset? Expires);

    /// <summary>Reads and checks the file.</summary>
    /// <exception cref="InvalidDataException">The file can't be taken; the message names the place.</exception>
    public static IReadOnlyList<ApiKeyRing.Entry> Read(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (stream.Length > MaxBytes)
                throw new InvalidDataException($"'{path}' is larger than {MaxBytes} bytes.");
            var file = JsonSerializer.Deserialize(stream, ApiKeyJson.Default.ApiKeyFile)
                ?? throw new InvalidDataException($"'{path}' holds null instead of an object.");
            return file.ToEntries(path);
        }
        catch (JsonException e)
        {
            // The parser's own message can quote the text at fault, which may be a hash or, by mistake, a key.
            throw new InvalidDataException(
                $"'{path}' is not a file of keys: line {e.LineNumber + 1}, byte {e.BytePositionInLine}, at {e.Path ?? "$"}.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"'{path}' can't be read: {e.Message}");
        }
    }

    private List<ApiKeyRing.Entry> ToEntries(string path)
    {
        var entries = new List<ApiKeyRing.Entry>(Keys.Count);
        var ids = new HashSet<string>(StringComparer.Ordinal);
        CheckTenants(path);
        for (var i = 0; i < Keys.Count; i++)
        {
            var key = Keys[i] ?? throw Fault(path, i, "", "is null");
            var hash = new byte[SHA256.HashSizeInBytes];
            if (!ApiKey.IsId(key.Id))
                throw Fault(path, i, ".id", $"is not {ApiKey.IdLength} lower-case hex digits");
            if (!ids.Add(key.Id))
                throw Fault(path, i, ".id", "is taken by an earlier key");
            if (Convert.FromHexString(key.Sha256, hash, out _, out var written) != System.Buffers.OperationStatus.Done
                || written != hash.Length)
                throw Fault(path, i, ".sha256", $"is not {hash.Length * 2} hex digits");
            if (!TenantName().IsMatch(key.Tenant))
                throw Fault(path, i, ".tenant", "is not a name of 1 to 63 lower-case letters, digits and '-'");
            if (key.Models is { } models && models.Any(string.IsNullOrEmpty))
                throw Fault(path, i, ".models", "has an empty name");
            if (key.Features is { } features && features.Any(f => f is null || string.IsNullOrEmpty(f.View) || f.Entities is null || f.Entities.Any(string.IsNullOrEmpty)))
                throw Fault(path, i, ".features", "needs a view and named entities in each item");
            if (key.Features?.Sum(f => f.View.Length + f.Entities.Sum(e => e.Length + 8)) > MaxFeatureCharacters)
                throw Fault(path, i, ".features", $"is longer than {MaxFeatureCharacters} characters; name '*' for all entities of the tenant");
            var limits = new LimitSet
            {
                RequestsPerMinute = key.RequestsPerMinute,
                TokensPerMinute = key.TokensPerMinute,
                ConcurrentRequests = key.ConcurrentRequests,
            };
            if (limits.Fault() is var (member, range))
                throw Fault(path, i, "." + member, $"is not in {range}");
            if (key.Expires <= key.Created)
                throw Fault(path, i, ".expires", "is not after 'created'");
            entries.Add(new ApiKeyRing.Entry(
                new Client
                {
                    KeyId = key.Id,
                    Tenant = key.Tenant,
                    Models = key.Models ?? [Client.AnyModel],
                    Features = key.Features ?? [],
                    Limits = limits,
                    TenantLimits = Tenants?.GetValueOrDefault(key.Tenant),
                },
                hash,
                key.Expires));
        }

        return entries;
    }

    private void CheckTenants(string path)
    {
        foreach (var (tenant, limits) in Tenants ?? new Dictionary<string, TenantLimitSet>())
        {
            if (!TenantName().IsMatch(tenant))
                throw new InvalidDataException($"'{path}' is not a file of keys: a member of $.tenants is not named as a tenant can be.");
            Check($"$.tenants.{tenant}", limits);
            foreach (var (model, use) in limits?.Models ?? new Dictionary<string, LimitSet>())
                Check($"$.tenants.{tenant}.models['{model}']", use);
        }

        void Check(string place, LimitSet? limits)
        {
            if (limits is null)
                throw new InvalidDataException($"'{path}' is not a file of keys: {place} is null.");
            if (limits.Fault() is var (member, range))
                throw new InvalidDataException($"'{path}' is not a file of keys: {place}.{member} is not in {range}.");
        }
    }

    private static InvalidDataException Fault(string path, int index, string member, string what) =>
        new($"'{path}' is not a file of keys: $.keys[{index}]{member} {what}.");

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,62}$")]
    private static partial Regex TenantName();

    [JsonSourceGenerationOptions(
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, AllowDuplicateProperties = false)]
    [JsonSerializable(typeof(ApiKeyFile))]
    private sealed partial class ApiKeyJson : JsonSerializerContext;
}
