using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.RepresentationModel;
using Zakenak.AppHost.Kubernetes.Charts;
using Zakenak.AppHost.Kubernetes.Helm;
using Zakenak.Contracts;

namespace Zakenak.AppHost.Kubernetes.Compose;

/// <summary>
/// The small form, for a lab of one machine: the same images, settings, ports and paths as the chart's, walls as far as Compose has them, and a key for
/// each service where a cluster has an API server that vouches.
/// </summary>
internal static class ComposeFiles
{
    /// <summary>Namespace of the lab's SPIFFE ids: any but the laptop's, which refuses to be reached from elsewhere.</summary>
    public const string Namespace = "lab";

    private static readonly JsonSerializerOptions _json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    public static IEnumerable<KeyValuePair<string, string>> Make(ChartFiles chart, IReadOnlyDictionary<string, string> files, int guideSizeMiB)
    {
        // Clients reach the gateway on this machine alone, and its administration nobody but the operator's container.
        var values = HelmChart.Merge(chart.Values.Defaults, new JsonObject
        {
            ["edge"] = new JsonObject { ["host"] = "localhost" },
            ["gateway"] = new JsonObject { ["admin"] = new JsonObject { ["writers"] = new JsonArray($"spiffe://zakenak.local/ns/{Namespace}/sa/{ServiceNames.Operator}") } },
        });
        var rendered = HelmChart.Render(files, chart.Chart, values, ("zakenak", Namespace, "compose"));
        var services = ServiceShape.All.Select(shape => new ComposeService(shape, TemplateYaml.Parse(rendered[ServiceValues.WorkloadOf(shape)]).Pod())).ToArray();

        yield return KeyValuePair.Create("compose.yaml", ComposeText.Of(services, guideSizeMiB));
        yield return KeyValuePair.Create("prepare.sh", PrepareScript(services));
        foreach (var shape in ServiceShape.All)
            yield return KeyValuePair.Create($"config/{shape.Name}.json", Settings(shape, TemplateYaml.Parse(rendered[$"{shape.Name}/config.yaml"])));
    }

    private static string Settings(ServiceShape shape, YamlMappingNode configMap)
    {
        var settings = (JsonObject)JsonNode.Parse(((YamlScalarNode)configMap["data"][Configuration.File]).Value!)!;
        Section("Service")["Namespace"] = Namespace;
        Section("Identity")["TrustAnchorsFile"] = PodPaths.Trust + "/bundle.pem";
        if (shape.Name == ServiceNames.CertAuthority)
        {
            // No API server vouches here, and none carries the roots.
            Section("CertAuthority").Remove("Kubernetes");
            Section("CertAuthority")["EnrollmentKeysDirectory"] = PodPaths.Identity;
            Section("CertAuthority")["IpAddresses"] = new JsonObject { [ServiceNames.Gateway] = new JsonArray("127.0.0.1") };
        }
        else
        {
            Section("Identity").Remove("TokenFile");
            Section("Identity")["KeyFile"] = PodPaths.Identity + "/key";
        }

        return settings.ToJsonString(_json) + "\n";

        JsonObject Section(string name) => (JsonObject)(settings[name] ??= new JsonObject());
    }

    private static string PrepareScript(IEnumerable<ComposeService> services)
    {
        var folders = services.SelectMany(service => service.Folders()).Select(folder => folder.Host).Append("operator").Distinct().Order(StringComparer.Ordinal);
        return $$"""
            #!/bin/sh
            # Makes what compose.yaml mounts, for the user who runs this: folders, and for each service the key by which it enrolls. What is there stays.
            set -eu
            umask 077
            cd "$(dirname "$0")"
            mkdir -p secrets {{string.Join(' ', folders)}}
            for name in {{string.Join(' ', ComposeText.Enrolled)}}; do
              [ -s "secrets/$name" ] || head -c 32 /dev/urandom > "secrets/$name"
            done
            [ -s features/features.json ] || echo '{ "views": {}, "rows": [] }' > features/features.json
            [ -s .env ] || echo "ZAKENAK_USER=$(id -u):$(id -g)" > .env

            """;
    }
}
