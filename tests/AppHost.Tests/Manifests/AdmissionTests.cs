using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Zakenak.AppHost.Kubernetes;

namespace Zakenak.AppHost.Tests.Manifests;

/// <summary>The policies' own expressions, evaluated over the chart's own pods and over spoiled ones.</summary>
public class AdmissionTests(PublishedSuite suite) : IClassFixture<PublishedSuite>
{
    private IReadOnlyList<JsonObject>? _objects;

    private IReadOnlyList<JsonObject> Objects => _objects ??= suite.Chart(Options());

    public static TheoryData<string, string> Defects => new()
    {
        { "hostNetwork", "no namespace of the host" },
        { "hostPath", "no volume of the host" },
        { "hostPort", "no port of the host" },
        { "privileged", "allowPrivilegeEscalation must be false, and no container privileged" },
        { "allowPrivilegeEscalation", "allowPrivilegeEscalation must be false, and no container privileged" },
        { "an init container that may escalate", "allowPrivilegeEscalation must be false, and no container privileged" },
        { "an ephemeral container that says nothing", "allowPrivilegeEscalation must be false, and no container privileged" },
        { "kept capabilities", "capabilities must drop ALL and add at most NET_BIND_SERVICE" },
        { "an added capability", "capabilities must drop ALL and add at most NET_BIND_SERVICE" },
        { "a container that may be root", "runAsNonRoot must be true" },
        { "nothing about root", "runAsNonRoot must be true" },
        { "a container as user 0", "runAsUser must not be 0" },
        { "a pod as user 0", "runAsUser must not be 0" },
        { "no seccomp", "seccompProfile must be RuntimeDefault or Localhost" },
        { "unconfined seccomp", "seccompProfile must be RuntimeDefault or Localhost" },
        { "unconfined AppArmor", "appArmorProfile must be RuntimeDefault or Localhost" },
        { "an SELinux user", "seLinuxOptions must be those of a container" },
        { "an SELinux type", "seLinuxOptions must be those of a container" },
        { "unmasked proc", "procMount must be Default, and no process the host's" },
        { "a process of the host", "procMount must be Default, and no process the host's" },
        { "a sysctl", "no sysctls" },
        { "a root that is written to", "readOnlyRootFilesystem must be true" },
        { "a tag", "images must be named by digest: a tag may be moved" },
        { "a tag of an init container", "images must be named by digest: a tag may be moved" },
        { "a digest before a tag", "images must be named by digest: a tag may be moved" },
        { "no verifier", "an init container fetch of the same image must fetch and verify the model" },
        { "a verifier of another image", "an init container fetch of the same image must fetch and verify the model" },
        { "a verifier that does something else", "an init container fetch of the same image must fetch and verify the model" },
        { "a verifier with a command of its own", "an init container fetch of the same image must fetch and verify the model" },
        { "a model from elsewhere", "the model must be in the volume models, in memory or claimed" },
        { "a server that writes to the model", "nobody but fetch may write to the volume models" },
        { "somebody else who writes to the model", "nobody but fetch may write to the volume models" },
    };

    [Fact]
    public void The_charts_own_pods_are_let_in()
    {
        var pods = Pods();
        Assert.Equal(6, pods.Count);
        Assert.All(pods, pod => Assert.Empty(Refusals(pod)));
    }

    [Theory, MemberData(nameof(Defects))]
    public void A_spoiled_pod_is_refused_with_the_sentence_that_says_why(string defect, string message)
    {
        var pod = ModelPod();
        Spoil(pod, defect);

        Assert.Contains(message, Refusals(pod));
    }

    [Fact]
    public void A_pod_of_another_account_needs_no_verifier_and_one_that_goes_is_let_go()
    {
        var pod = ModelPod();
        Spoil(pod, "no verifier");
        Assert.NotEmpty(Refusals(pod));

        pod["spec"]!["serviceAccountName"] = "default";
        Assert.Empty(Refusals(pod));
        pod["spec"]!["serviceAccountName"] = "model-server";
        pod["metadata"]!["deletionTimestamp"] = "2026-11-21T12:00:00Z";
        Assert.Empty(Refusals(pod));
    }

    [Fact]
    public void Kyverno_checks_the_same_and_whether_images_are_signed()
    {
        var kyverno = Objects.Where(item => item.Kind() == "ClusterPolicy").ToList();
        var api = Policies();
        Assert.Equal([.. api.Select(item => item.Name()), "zakenak-signed-images-zakenak"], kyverno.Select(item => item.Name()));
        foreach (var (one, other) in api.Zip(kyverno))
        {
            var cel = other["spec"]!["rules"]![0]!["validate"]!["cel"]!;
            Assert.True(JsonNode.DeepEquals(one["spec"]!["validations"], cel["expressions"]), one.Name());
            Assert.True(JsonNode.DeepEquals(one["spec"]!["variables"], cel["variables"]), one.Name());
            Assert.True(JsonNode.DeepEquals(one["spec"]!["matchConditions"], other["spec"]!["rules"]![0]!["celPreconditions"]), one.Name());
        }

        var signed = kyverno[^1]["spec"]!["rules"]![0]!["verifyImages"]![0]!;
        Assert.True(signed["required"]!.GetValue<bool>());
        Assert.True(signed["verifyDigest"]!.GetValue<bool>());
        Assert.StartsWith("-----BEGIN", signed["attestors"]![0]!["entries"]![0]!["keys"]!["publicKeys"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    private static void Spoil(JsonObject pod, string defect)
    {
        var spec = pod["spec"]!.AsObject();
        var (server, fetch) = (spec["containers"]![0]!, spec["initContainers"]![0]!);
        var context = server["securityContext"]!.AsObject();
        var podContext = spec["securityContext"]!.AsObject();
        switch (defect)
        {
            case "hostNetwork": spec["hostNetwork"] = true; break;
            case "hostPath": spec["volumes"]!.AsArray().Add(Json("""{ "name": "host", "hostPath": { "path": "/" } }""")); break;
            case "hostPort": server["ports"]![0]!["hostPort"] = 8443; break;
            case "privileged": context["privileged"] = true; break;
            case "allowPrivilegeEscalation": context.Remove("allowPrivilegeEscalation"); break;
            case "an init container that may escalate": fetch["securityContext"]!["allowPrivilegeEscalation"] = true; break;
            case "an ephemeral container that says nothing": spec["ephemeralContainers"] = Json("""[{ "name": "debug", "image": "busybox" }]"""); break;
            case "kept capabilities": context["capabilities"]!["drop"] = Json("""["NET_RAW"]"""); break;
            case "an added capability": context["capabilities"]!["add"] = Json("""["SYS_ADMIN"]"""); break;
            case "a container that may be root": context["runAsNonRoot"] = false; break;
            case "nothing about root":
                podContext.Remove("runAsNonRoot");
                context.Remove("runAsNonRoot");
                break;
            case "a container as user 0": context["runAsUser"] = 0; break;
            case "a pod as user 0": podContext["runAsUser"] = 0; break;
            case "no seccomp":
                podContext.Remove("seccompProfile");
                context.Remove("seccompProfile");
                break;
            case "unconfined seccomp": context["seccompProfile"] = Json("""{ "type": "Unconfined" }"""); break;
            case "unconfined AppArmor": podContext["appArmorProfile"] = Json("""{ "type": "Unconfined" }"""); break;
            case "an SELinux user": podContext["seLinuxOptions"] = Json("""{ "user": "system_u" }"""); break;
            case "an SELinux type": context["seLinuxOptions"] = Json("""{ "type": "spc_t" }"""); break;
            case "unmasked proc": context["procMount"] = "Unmasked"; break;
            case "a process of the host": podContext["windowsOptions"] = Json("""{ "hostProcess": true }"""); break;
            case "a sysctl": podContext["sysctls"] = Json("""[{ "name": "kernel.msgmax", "value": "1" }]"""); break;
            case "a root that is written to": context["readOnlyRootFilesystem"] = false; break;
            case "a tag": server["image"] = "zakenak/model-server:0.1.0"; break;
            case "a tag of an init container": fetch["image"] = "zakenak/model-server:0.1.0"; break;
            case "a digest before a tag": server["image"] = $"zakenak/model-server@sha256:{new string('a', 64)}:0.1.0"; break;
            case "no verifier": spec.Remove("initContainers"); break;
            case "a verifier of another image": fetch["image"] = "elsewhere@sha256:" + new string('b', 64); break;
            case "a verifier that does something else": fetch["args"] = Json("""["--version"]"""); break;
            case "a verifier with a command of its own": fetch["command"] = Json("""["true"]"""); break;
            case "a model from elsewhere": spec["volumes"]!.AsArray().Single(volume => (string)volume!["name"]! == "models")!.ReplaceWith(Json("""{ "name": "models", "csi": { "driver": "elsewhere" } }""")); break;
            case "a server that writes to the model": ModelsOf(server).Remove("readOnly"); break;
            case "somebody else who writes to the model":
                var other = server.DeepClone();
                other["name"] = "sidecar";
                ModelsOf(other)["readOnly"] = false;
                spec["containers"]!.AsArray().Add(other);
                break;
            default: throw new ArgumentOutOfRangeException(nameof(defect), defect, null);
        }
    }

    private static JsonObject ModelsOf(JsonNode container) =>
        container["volumeMounts"]!.AsArray().Single(mount => (string)mount!["name"]! == "models")!.AsObject();

    private static JsonNode Json(string json) => JsonNode.Parse(json)!;

    // With every image by digest, as the policies want it.
    private static string Options()
    {
        var options = new JsonObject
        {
            ["admission"] = JsonNode.Parse("""
                { "validatingAdmissionPolicy": true, "kyverno": { "enabled": true, "publicKeys": "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n" } }
                """),
        };
        foreach (var shape in ServiceShape.All)
            options[shape.Key] = new JsonObject { ["imageDigest"] = "sha256:" + new string('a', 64) };

        options["observability"] = new JsonObject
        {
            ["serviceMonitor"] = new JsonObject { ["enabled"] = true, ["renewal"] = new JsonObject { ["imageDigest"] = "sha256:" + new string('b', 64) } },
        };
        return options.ToJsonString();
    }

    private List<JsonObject> Policies() => [.. Objects.Where(item => item.Kind() == "ValidatingAdmissionPolicy")];

    private List<JsonObject> Pods() => [.. Objects.Where(item => item.RunsPods()).Select(item => item["spec"]!["template"]!)
        .Concat(Objects.Where(item => item.Kind() == "CronJob").Select(item => item["spec"]!["jobTemplate"]!["spec"]!["template"]!)).Select(pod => pod.DeepClone().AsObject())];

    private JsonObject ModelPod() => Pods().Single(item => (string)item["spec"]!["serviceAccountName"]! == "model-server");

    /// <summary>What the API server would say to whoever makes this pod.</summary>
    private List<string> Refusals(JsonObject pod)
    {
        var refusals = new List<string>();
        foreach (var spec in Policies().Select(policy => policy["spec"]!))
        {
            var variables = new Dictionary<string, object?>();
            var scope = new Dictionary<string, object?> { ["object"] = ToCel(pod), ["variables"] = variables };
            if (!spec["matchConditions"]!.AsArray().All(condition => (bool)Value(condition!, scope)!))
                continue;

            foreach (var variable in spec["variables"]!.AsArray())
                variables[variable!["name"]!.GetValue<string>()] = Value(variable, scope);
            refusals.AddRange(spec["validations"]!.AsArray().Where(check => !(bool)Value(check!, scope)!).Select(check => check!["message"]!.GetValue<string>()));
        }

        return refusals;
    }

    private static object? Value(JsonNode item, IReadOnlyDictionary<string, object?> scope) => Cel.Evaluate(item["expression"]!.GetValue<string>(), scope);

    private static object? ToCel(JsonNode? node) => node switch
    {
        JsonObject map => map.ToDictionary(item => item.Key, item => ToCel(item.Value)),
        JsonArray list => list.Select(ToCel).ToList(),
        JsonValue value when value.GetValueKind() == JsonValueKind.Number => long.Parse(value.ToJsonString(), CultureInfo.InvariantCulture),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        JsonValue value => value.GetValue<bool>(),
        _ => null,
    };
}
