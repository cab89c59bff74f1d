using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Zakenak.ModelTrust.Policy;

/// <summary>A policy to be signed, as whoever makes one thinks of it. Strict: only approved versions, for a year after their approval.</summary>
public sealed record PolicyDraft
{
    private const int MaxAgeDays = 365;

    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public long Version { get; init; } = 1;

    public required IReadOnlyList<PolicyDraftKey> Keys { get; init; }

    public required IReadOnlyList<PolicyDraftModel> Models { get; init; }

    public IReadOnlyList<RegistryGrant> Registry { get; init; } = [];

    /// <summary>The file's bytes, for people to read and change before the root signs them.</summary>
    public byte[] Write()
    {
        var json = new JsonObject
        {
            ["version"] = Version,
            ["keys"] = new JsonObject(Keys.Select(key => KeyValuePair.Create(key.Name, (JsonNode?)new JsonObject { ["pem"] = key.Key.Pem, ["development"] = key.Development }))),
            ["models"] = Each(Models, model => new JsonObject
            {
                ["name"] = model.Name,
                ["stages"] = new JsonArray("Approved"),
                ["signers"] = KeysOf(model.Signers),
                ["approvers"] = KeysOf(model.Approvers),
                ["attestations"] = Each(model.Attestations, type => new JsonObject { ["type"] = type, ["signers"] = KeysOf(model.Approvers) }),
                ["max_age_days"] = MaxAgeDays,
                ["on_revocation"] = "finish",
            }),
            ["registry"] = Each(Registry, grant => new JsonObject
            {
                ["identity"] = grant.Identity,
                ["actions"] = Each(grant.Actions, action => JsonValue.Create(action)),
                ["models"] = Each(grant.Models, name => JsonValue.Create(name)),
            }),
        };
        return [.. JsonSerializer.SerializeToUtf8Bytes(json, Format), (byte)'\n'];
    }

    private static JsonArray KeysOf(IReadOnlyList<string> names) => Each(names, name => new JsonObject { ["key"] = name });

    private static JsonArray Each<T>(IEnumerable<T> items, Func<T, JsonNode> write) => new([.. items.Select(write)]);
}
