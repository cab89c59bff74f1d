using System.Text.Json.Nodes;

namespace Zakenak.Services.Tests.CertAuthority;

/// <summary>What an API server knows about a token that it issued.</summary>
public sealed record PodToken(string Username, string? Pod = "gateway-7d4b9c-x2x7k")
{
    public string[] Audiences { get; init; } = ["zakenak-ca"];

    public bool IsExpired { get; set; }

    public bool PodIsGone { get; init; }

    public static PodToken Of(string service, string ns = "serving") => new($"system:serviceaccount:{ns}:{service}");

    internal JsonObject ToStatus(string[]? asked)
    {
        var extra = new JsonObject { ["authentication.kubernetes.io/credential-id"] = new JsonArray("JTI=9c2f6b0e-7a0b-4c38-8f0e-3f0b0f1d2c11") };
        if (Pod is not null)
        {
            extra["authentication.kubernetes.io/node-name"] = new JsonArray("node-1");
            extra["authentication.kubernetes.io/pod-name"] = new JsonArray(Pod);
            extra["authentication.kubernetes.io/pod-uid"] = new JsonArray("5f0c3a52-6d5e-4c0e-9f59-7d1f6f0d2a11");
        }

        var status = new JsonObject
        {
            ["authenticated"] = true,
            ["user"] = new JsonObject
            {
                ["username"] = Username,
                ["uid"] = "d1a3f9b2-58a6-4a35-a3a5-0c4fbb0e6f10",
                ["groups"] = new JsonArray("system:serviceaccounts", "system:authenticated"),
                ["extra"] = extra,
            },
        };
        if (asked is not null)
            status["audiences"] = new JsonArray([.. asked.Intersect(Audiences).Select(a => (JsonNode)a)]);
        return status;
    }
}
