using System.Text.Json.Nodes;
using Zakenak.Contracts;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.AppHost.Local;

/// <summary>The policy of a laptop: who signed a model that lies here, or the person at it, may; that person approves.</summary>
internal static class DevelopmentPolicy
{
    private const string Operator = "operator";

    /// <summary>The policy's content, without its version.</summary>
    public static JsonObject Make(SignerKey person, IReadOnlyDictionary<string, List<SignerKey>> signers)
    {
        var keys = new JsonObject { [Operator] = Key(person) };
        var models = new JsonArray();
        foreach (var (model, allowed) in signers)
        {
            // One key has one name, also where somebody signs a model with the operator's.
            List<string> names = [Operator];
            foreach (var key in allowed.Where(key => key.Id != person.Id))
            {
                names.Add(NameOf(key));
                keys[names[^1]] ??= Key(key);
            }

            models.Add(Model(model, names));
        }

        models.Add(Model("*", [Operator]));
        return new JsonObject
        {
            ["version"] = 0,
            ["keys"] = keys,
            ["roots"] = new JsonObject(),
            ["models"] = models,
            ["registry"] = new JsonArray(new JsonObject
            {
                ["identity"] = $"spiffe://zakenak.local/ns/dev/sa/{ServiceNames.Operator}",
                ["actions"] = new JsonArray("push", "attest", "promote", "retire", "revoke"),
                ["models"] = new JsonArray("*"),
            }),
        };
    }

    private static string NameOf(SignerKey key) => "signer-" + key.Id[..16];

    // Every key here counts in namespace dev only.
    private static JsonObject Key(SignerKey key) => new() { ["pem"] = key.Pem, ["development"] = true };

    private static JsonObject Model(string name, IEnumerable<string> signers) => new()
    {
        ["name"] = name,
        ["stages"] = new JsonArray("Approved"),
        ["signers"] = new JsonArray([.. signers.Select(signer => new JsonObject { ["key"] = signer })]),
        ["approvers"] = new JsonArray(new JsonObject { ["key"] = Operator }),
        ["attestations"] = new JsonArray(),
        ["on_revocation"] = "finish",
    };
}
