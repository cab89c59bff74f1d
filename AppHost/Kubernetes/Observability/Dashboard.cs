using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Zakenak.AppHost.Kubernetes.Observability;

/// <summary>One panel: a title, the unit as Grafana names it, and queries in PromQL.</summary>
internal sealed record Panel(string Title, string Unit, params string[] Queries);

/// <summary>A Grafana dashboard: panels three in a row, over the namespace and the data source that are picked above them.</summary>
internal sealed record Dashboard(string Id, string Title, params Panel[] Panels)
{
    private const int Columns = 3;
    private const int Width = 24 / Columns;
    private const int Height = 8;

    // Indented, so that no two braces stand together, which Helm would take for its own.
    private static readonly JsonSerializerOptions _options = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    public string ToJson() => new JsonObject
    {
        ["uid"] = Id,
        ["title"] = Title,
        ["tags"] = new JsonArray("zakenak"),
        ["schemaVersion"] = 39,
        ["editable"] = false,
        ["refresh"] = "30s",
        ["time"] = new JsonObject { ["from"] = "now-6h", ["to"] = "now" },
        ["templating"] = new JsonObject
        {
            ["list"] = new JsonArray(
                new JsonObject { ["name"] = "datasource", ["type"] = "datasource", ["query"] = "prometheus" },
                new JsonObject
                {
                    ["name"] = "namespace",
                    ["type"] = "query",
                    ["datasource"] = Source(),
                    ["query"] = "label_values(zakenak_svid_expires_seconds, namespace)",
                    ["refresh"] = 2,
                }),
        },
        ["panels"] = new JsonArray([.. Panels.Select(ToJson)]),
    }.ToJsonString(_options);

    private static JsonNode ToJson(Panel panel, int at) => new JsonObject
    {
        ["id"] = at + 1,
        ["type"] = "timeseries",
        ["title"] = panel.Title,
        ["datasource"] = Source(),
        ["gridPos"] = new JsonObject { ["x"] = at % Columns * Width, ["y"] = at / Columns * Height, ["w"] = Width, ["h"] = Height },
        ["fieldConfig"] = new JsonObject { ["defaults"] = new JsonObject { ["unit"] = panel.Unit, ["min"] = 0 }, ["overrides"] = new JsonArray() },
        ["targets"] = new JsonArray([.. panel.Queries.Select((query, i) => (JsonNode)new JsonObject
        {
            ["refId"] = ((char)('A' + i)).ToString(),
            ["datasource"] = Source(),
            ["expr"] = query,
            ["legendFormat"] = "__auto",
        })]),
    };

    private static JsonObject Source() => new() { ["type"] = "prometheus", ["uid"] = "$datasource" };
}
