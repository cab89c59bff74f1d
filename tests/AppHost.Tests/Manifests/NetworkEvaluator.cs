using System.Net;
using System.Text.Json.Nodes;

namespace Zakenak.AppHost.Tests.Manifests;

/// <summary>Decides, as a network plugin does, whether a connection between two pods, or a pod and something outside, is let through.</summary>
internal sealed class NetworkEvaluator(IEnumerable<JsonObject> objects)
{
    private readonly JsonObject[] _policies = [.. objects.Where(item => item.Kind() == "NetworkPolicy")];

    /// <summary>Both sides must allow it; a side that no policy selects allows everything.</summary>
    public bool Allows(Peer from, Peer to, int port, string protocol = "TCP") => Side("Egress", from, to, port, protocol) && Side("Ingress", to, from, port, protocol);

    private bool Side(string direction, Peer subject, Peer other, int port, string protocol)
    {
        if (!subject.IsOurs)
            return true;

        var selecting = _policies.Where(policy =>
            ((JsonArray)policy["spec"]!["policyTypes"]!).Any(type => (string)type! == direction) && Selects(policy["spec"]!["podSelector"], subject.Labels)).ToArray();
        return selecting.Length == 0 || selecting.SelectMany(policy => policy["spec"]![direction.ToLowerInvariant()].Items()).Any(rule =>
            (rule["ports"] is null || rule["ports"].Items().Any(item => (int)item["port"]! == port && (string)item["protocol"]! == protocol))
            && (rule[direction == "Egress" ? "to" : "from"] is not JsonArray { Count: > 0 } peers || peers.Items().Any(peer => Is(peer, other))));
    }

    private static bool Is(JsonObject peer, Peer other)
    {
        if (peer["ipBlock"] is { } block)
            return other.Address is not null && IPNetwork.Parse((string)block["cidr"]!).Contains(other.Address);

        var isNamespace = peer["namespaceSelector"] is { } selector
            ? other.Namespace is not null && Selects(selector, new() { ["kubernetes.io/metadata.name"] = other.Namespace })
            : other.Namespace == Peer.OurNamespace;
        return isNamespace && (peer["podSelector"] is null || Selects(peer["podSelector"], other.Labels));
    }

    private static bool Selects(JsonNode? selector, Dictionary<string, string> labels) =>
        (selector?["matchLabels"] is not JsonObject wanted || wanted.All(label => labels.TryGetValue(label.Key, out var value) && value == (string?)label.Value))
        && (selector?["matchExpressions"] ?? null).Items().All(rule => (string)rule["operator"]! switch
        {
            "Exists" => labels.ContainsKey((string)rule["key"]!),
            "In" => labels.TryGetValue((string)rule["key"]!, out var value) && rule["values"]!.AsArray().Any(item => (string)item! == value),
            var other => throw new NotSupportedException(other),
        });

    /// <param name="Namespace">Null = no pod: an address outside.</param>
    internal sealed record Peer(string Name, string? Namespace, Dictionary<string, string> Labels, IPAddress? Address = null)
    {
        public const string OurNamespace = "zakenak";

        public bool IsOurs => Namespace == OurNamespace;
    }
}
