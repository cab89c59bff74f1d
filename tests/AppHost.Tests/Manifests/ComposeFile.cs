using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Zakenak.AppHost.Kubernetes.Charts;

namespace Zakenak.AppHost.Tests.Manifests;

/// <summary>Reads <c>compose.yaml</c>.</summary>
internal static partial class ComposeFile
{
    /// <summary>The part of the Compose specification that we use; any other key is a slip of the pen.</summary>
    public static JsonObject Schema { get; } = (JsonObject)JsonNode.Parse("""
        {
          "type": "object", "additionalProperties": false, "required": ["name", "services", "networks", "configs", "secrets"],
          "properties": {
            "name": { "type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$" },
            "services": { "type": "object", "additionalProperties": {
              "type": "object", "additionalProperties": false,
              "required": ["image", "user", "read_only", "cap_drop", "security_opt", "tmpfs", "environment", "deploy", "logging", "networks", "secrets", "volumes"],
              "properties": {
                "image": { "type": "string" }, "user": { "type": "string" }, "read_only": { "type": "boolean" }, "working_dir": { "type": "string", "pattern": "^/" },
                "cap_drop": { "$ref": "#/definitions/texts" }, "security_opt": { "$ref": "#/definitions/texts" }, "tmpfs": { "$ref": "#/definitions/texts" },
                "command": { "$ref": "#/definitions/texts" }, "profiles": { "$ref": "#/definitions/texts" },
                "ports": { "type": "array", "items": { "type": "string", "pattern": "^127\\.0\\.0\\.1:[^:]+:-[0-9]+\\}:[0-9]+$" } },
                "environment": { "type": "object", "additionalProperties": { "type": "string" } },
                "deploy": { "type": "object", "additionalProperties": false, "properties": { "resources": { "type": "object", "additionalProperties": false, "properties": {
                  "limits": { "type": "object", "additionalProperties": false, "properties": { "cpus": { "type": "string" }, "memory": { "type": "string" }, "pids": { "type": "integer" } } } } } } },
                "logging": { "type": "object", "additionalProperties": false, "properties": { "driver": { "enum": ["json-file"] }, "options": { "type": "object", "additionalProperties": { "type": "string" } } } },
                "restart": { "enum": ["unless-stopped"] }, "stop_grace_period": { "$ref": "#/definitions/duration" },
                "healthcheck": { "type": "object", "additionalProperties": false, "required": ["test"], "properties": {
                  "test": { "$ref": "#/definitions/texts" }, "interval": { "$ref": "#/definitions/duration" }, "timeout": { "$ref": "#/definitions/duration" },
                  "retries": { "type": "integer" }, "start_period": { "$ref": "#/definitions/duration" }, "start_interval": { "$ref": "#/definitions/duration" } } },
                "depends_on": { "type": "object", "additionalProperties": { "type": "object", "additionalProperties": false, "required": ["condition"],
                  "properties": { "condition": { "enum": ["service_healthy", "service_completed_successfully"] } } } },
                "networks": { "type": "object", "additionalProperties": { "type": "object", "additionalProperties": false, "properties": { "aliases": { "$ref": "#/definitions/texts" } } } },
                "configs": { "type": "array", "items": { "$ref": "#/definitions/mounted" } }, "secrets": { "type": "array", "items": { "$ref": "#/definitions/mounted" } },
                "volumes": { "type": "array", "items": { "type": "object", "additionalProperties": false, "required": ["type", "source", "target", "read_only"], "properties": {
                  "type": { "enum": ["bind"] }, "source": { "type": "string", "pattern": "^\\./" }, "target": { "type": "string", "pattern": "^/" }, "read_only": { "type": "boolean" },
                  "bind": { "type": "object", "additionalProperties": false, "properties": { "create_host_path": { "type": "boolean" } } } } } }
              } } },
            "networks": { "type": "object", "additionalProperties": { "type": "object", "additionalProperties": false, "properties": { "internal": { "type": "boolean" } } } },
            "configs": { "$ref": "#/definitions/files" }, "secrets": { "$ref": "#/definitions/files" }
          },
          "definitions": {
            "texts": { "type": "array", "items": { "type": "string" } },
            "duration": { "type": "string", "pattern": "^[0-9]+s$" },
            "mounted": { "type": "object", "additionalProperties": false, "required": ["source", "target"], "properties": { "source": { "type": "string" }, "target": { "type": "string", "pattern": "^/" } } },
            "files": { "type": "object", "additionalProperties": { "type": "object", "additionalProperties": false, "required": ["file"], "properties": { "file": { "type": "string", "pattern": "^\\./" } } } }
          }
        }
        """)!;

    public static JsonObject Read(PublishedSuite suite) => (JsonObject)Documents.ToJson(TemplateYaml.Parse(suite.Files("compose")["compose.yaml"]))!;

    /// <summary>The settings of a service's own file, by key.</summary>
    public static Dictionary<string, string> SettingsOf(PublishedSuite suite, string service) =>
        Documents.Flatten(JsonNode.Parse(suite.Files("compose")[$"config/{service}.json"])!, "").ToDictionary(item => item.Key, item => item.Value);

    /// <summary>As Compose reads it where nothing is set.</summary>
    public static string WithDefaults(string text) => Variable().Replace(text, match => match.Groups[1].Value);

    /// <summary>Where a container has files, and whether it can only read them.</summary>
    public static IReadOnlyDictionary<string, bool> MountsOf(JsonObject service) => service["volumes"].Items().Select(item => ((string)item["target"]!, (bool)item["read_only"]!))
        .Concat(service["secrets"].Items().Concat(service["configs"].Items()).Select(item => ((string)item["target"]!, true)))
        .ToDictionary(item => item.Item1, item => item.Item2);

    [GeneratedRegex(@"\$\{\w+:-([^}]*)\}")]
    private static partial Regex Variable();
}
