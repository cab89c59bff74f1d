using System.Text.Json.Nodes;

namespace Zakenak.AppHost.Tests.Manifests;

/// <summary>The <c>restricted</c> Pod Security Standard, which includes <c>baseline</c>: one check for each of its controls.</summary>
internal static class RestrictedPods
{
    private static readonly string[] s_volumes = ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];

    /// <summary>True where a pod, or each of its containers, keeps to the control.</summary>
    public static IReadOnlyDictionary<string, Func<JsonObject, bool>> Controls { get; } = new Dictionary<string, Func<JsonObject, bool>>
    {
        ["host namespaces"] = pod => !Is(pod["hostNetwork"]) && !Is(pod["hostPID"]) && !Is(pod["hostIPC"]),
        ["privileged containers"] = Each(container => !Is(container["securityContext"]?["privileged"])),
        ["capabilities"] = Each(container =>
            Texts(container["securityContext"]?["capabilities"]?["drop"]).Contains("ALL")
            && Texts(container["securityContext"]?["capabilities"]?["add"]).All(added => added == "NET_BIND_SERVICE")),
        ["volume types"] = pod => pod["volumes"].Items().All(volume => volume.Where(part => part.Key != "name").All(part => s_volumes.Contains(part.Key))),
        ["host ports"] = Each(container => container["ports"].Items().All(port => port["hostPort"] is null)),
        ["AppArmor"] = pod => Context(pod).All(context => context?["appArmorProfile"]?["type"]?.ToString() is null or "RuntimeDefault" or "Localhost"),
        ["SELinux"] = pod => Context(pod).All(context => context?["seLinuxOptions"] is null),
        ["/proc mount"] = Each(container => container["securityContext"]?["procMount"] is null),
        ["sysctls"] = pod => pod["securityContext"]?["sysctls"] is null,
        ["privilege escalation"] = Each(container => container["securityContext"]?["allowPrivilegeEscalation"] is JsonValue value && !value.GetValue<bool>()),
        ["running as non-root"] = pod => pod.AllContainers().All(container => Is(container["securityContext"]?["runAsNonRoot"] ?? pod["securityContext"]?["runAsNonRoot"])),
        ["non-root user"] = pod => Context(pod).All(context => context?["runAsUser"] is null || (long)context["runAsUser"]! != 0),
        ["seccomp"] = pod => pod.AllContainers().All(container =>
            (container["securityContext"]?["seccompProfile"]?["type"] ?? pod["securityContext"]?["seccompProfile"]?["type"])?.ToString() is "RuntimeDefault" or "Localhost"),
        ["no Windows host process"] = pod => Context(pod).All(context => context?["windowsOptions"] is null),
    };

    /// <summary>For each control, a change to a good pod that breaks it and nothing else.</summary>
    public static IReadOnlyDictionary<string, Action<JsonObject>> Breaches { get; } = new Dictionary<string, Action<JsonObject>>
    {
        ["host namespaces"] = pod => pod["hostNetwork"] = true,
        ["privileged containers"] = pod => First(pod)["privileged"] = true,
        ["capabilities"] = pod => First(pod)["capabilities"]!["add"] = new JsonArray("SYS_ADMIN"),
        ["volume types"] = pod => pod["volumes"]!.AsArray().Add(JsonNode.Parse("""{ "name": "host", "hostPath": { "path": "/" } }""")),
        ["host ports"] = pod => pod["containers"]![0]!["ports"]![0]!["hostPort"] = 8443,
        ["AppArmor"] = pod => pod["securityContext"]!["appArmorProfile"]!["type"] = "Unconfined",
        ["SELinux"] = pod => First(pod)["seLinuxOptions"] = JsonNode.Parse("""{ "type": "spc_t" }"""),
        ["/proc mount"] = pod => First(pod)["procMount"] = "Unmasked",
        ["sysctls"] = pod => pod["securityContext"]!["sysctls"] = JsonNode.Parse("""[{ "name": "kernel.msgmax", "value": "1" }]"""),
        ["privilege escalation"] = pod => First(pod).Remove("allowPrivilegeEscalation"),
        ["running as non-root"] = pod => First(pod)["runAsNonRoot"] = false,
        ["non-root user"] = pod => First(pod)["runAsUser"] = 0L,
        ["seccomp"] = pod => First(pod)["seccompProfile"]!["type"] = "Unconfined",
        ["no Windows host process"] = pod => First(pod)["windowsOptions"] = JsonNode.Parse("""{ "hostProcess": true }"""),
    };

    private static Func<JsonObject, bool> Each(Func<JsonObject, bool> check) => pod => pod.AllContainers().All(check);

    private static IEnumerable<JsonNode?> Context(JsonObject pod) => pod.AllContainers().Select(container => container["securityContext"]).Append(pod["securityContext"]);

    private static JsonObject First(JsonObject pod) => (JsonObject)pod["containers"]![0]!["securityContext"]!;

    private static IEnumerable<string> Texts(JsonNode? list) => list is JsonArray items ? items.Select(item => (string)item!) : [];

    private static bool Is(JsonNode? flag) => flag is JsonValue value && value.GetValue<bool>();
}
