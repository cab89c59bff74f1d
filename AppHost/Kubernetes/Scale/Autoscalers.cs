using YamlDotNet.RepresentationModel;
using Zakenak.AppHost.Kubernetes.Charts;

namespace Zakenak.AppHost.Kubernetes.Scale;

/// <summary>
/// HorizontalPodAutoscalers on CPU and memory, or KEDA's ScaledObjects on what the services measure; never both for one service, since KEDA makes an
/// autoscaler of its own. Written as templates: Aspire's HorizontalPodAutoscalerV2 puts a metadata into the target's reference, where none belongs.
/// </summary>
internal static class Autoscalers
{
    /// <summary>Comes before <see cref="ModelPods.RepeatForVersions"/>.</summary>
    public static void AddTo(ChartFiles chart)
    {
        chart.Values.Describe("keda", "For services whose autoscaling.by is keda.");
        chart.Values.Add("keda.prometheusAddress", "\"http://prometheus-operated.monitoring.svc:9090\"", "The Prometheus that KEDA asks.", """{ "type": "string", "pattern": "^https?://" }""");
        foreach (var service in ScaledService.All)
        {
            AddValues(chart.Values, service);
            LeaveReplicasAlone(chart, service);
            chart.AddTemplate($"{service.Name}/hpa.yaml", When(service, "hpa", HorizontalPodAutoscaler(service)));
            chart.AddTemplate($"{service.Name}/scaledobject.yaml", When(service, "keda", ScaledObject(service)));
        }
    }

    private static void AddValues(ChartValues values, ScaledService service)
    {
        var path = service.Key + ".autoscaling";
        values.Describe(path, service.HasVersions ? "How many pods each version has, where that is not fixed." : "How many pods there are, where that is not fixed.");
        values.Add(path + ".by", "\"none\"", "none: replicas says it. hpa: CPU and memory do. keda: what the service measures does (needs KEDA and Prometheus).", """{ "enum": ["none", "hpa", "keda"] }""");
        values.Add(path + ".minReplicas", $"{service.Least}", "The fewest pods.", """{ "type": "integer", "minimum": 1, "maximum": 1000 }""");
        values.Add(path + ".maxReplicas", $"{service.Most}", "The most pods.", """{ "type": "integer", "minimum": 1, "maximum": 1000 }""");
        values.Add(path + ".cpuPercent", "75", "hpa: CPU in use, in percent of what is requested.", """{ "type": "integer", "minimum": 1, "maximum": 400 }""");
        if (service.MemoryPercent is { } memory)
            values.Add(path + ".memoryPercent", $"{memory}", "hpa: memory in use, in percent of what is requested.", """{ "type": "integer", "minimum": 1, "maximum": 400 }""");
        foreach (var trigger in service.Triggers)
            values.Add($"{path}.{trigger.Key}", trigger.Threshold, "keda: " + trigger.Sentence, """{ "type": "number", "minimum": 0.001, "maximum": 100000 }""");
    }

    // Who sets the number where somebody else scales takes pods away at every upgrade.
    private static void LeaveReplicasAlone(ChartFiles chart, ScaledService service)
    {
        var spec = chart.Template(ServiceValues.WorkloadOf(service.Shape))["spec"];
        var replicas = spec["replicas"];
        ((YamlMappingNode)spec).Children.Remove("replicas");
        spec.When($"if eq $.Values.{service.Key}.autoscaling.by `none`", ("replicas", replicas));
    }

    private static string When(ScaledService service, string by, string text)
    {
        var (range, end) = service.HasVersions ? ($"{{{{- range .Values.{service.Key}.versions }}}}\n", "{{- end }}\n") : ("", "");
        return $"{{{{- if eq .Values.{service.Key}.autoscaling.by `{by}` }}}}\n{range}{text.TrimEnd('\n')}\n{end}{{{{- end }}}}\n";
    }

    private static string HorizontalPodAutoscaler(ScaledService service) => $$$"""
        ---
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        {{{Head(service)}}}
          minReplicas: {{ $.Values.{{{service.Key}}}.autoscaling.minReplicas | int }}
          maxReplicas: {{ $.Values.{{{service.Key}}}.autoscaling.maxReplicas | int }}
          behavior:
            scaleDown:
              stabilizationWindowSeconds: 300
          metrics:
        {{{Resource(service, "cpu")}}}
        {{{(service.MemoryPercent is null ? "" : Resource(service, "memory"))}}}
        """;

    private static string Resource(ScaledService service, string name) => $$$"""
            - type: Resource
              resource:
                name: {{{name}}}
                target:
                  type: Utilization
                  averageUtilization: {{ $.Values.{{{service.Key}}}.autoscaling.{{{name}}}Percent | int }}
        """;

    private static string ScaledObject(ScaledService service) => $$$"""
        ---
        apiVersion: keda.sh/v1alpha1
        kind: ScaledObject
        {{{Head(service)}}}
          minReplicaCount: {{ $.Values.{{{service.Key}}}.autoscaling.minReplicas | int }}
          maxReplicaCount: {{ $.Values.{{{service.Key}}}.autoscaling.maxReplicas | int }}
          pollingInterval: 15
          cooldownPeriod: 300
          fallback:
            failureThreshold: 4
            replicas: {{ $.Values.{{{service.Key}}}.autoscaling.minReplicas | int }}
          triggers:
        {{{string.Join('\n', service.Triggers.Select(trigger => Trigger(service, trigger)))}}}
        """;

    private static string Trigger(ScaledService service, ScaleTrigger trigger) => $$$"""
            - type: prometheus
              name: {{{trigger.Key}}}
              metricType: {{{trigger.Kind}}}
              metadata:
                serverAddress: "{{ $.Values.keda.prometheusAddress }}"
                query: >-
                  {{{trigger.Query.Replace("$pods", service.TargetPods, StringComparison.Ordinal)}}}
                threshold: "{{ $.Values.{{{service.Key}}}.autoscaling.{{{trigger.Key}}} }}"
        """;

    private static string Head(ScaledService service) => $$$"""
        metadata:
          name: "{{{service.Target}}}"
          labels:
            app.kubernetes.io/name: "{{ $.Chart.Name }}"
            app.kubernetes.io/component: {{{service.Name}}}
            app.kubernetes.io/instance: "{{ $.Release.Name }}"
            app.kubernetes.io/part-of: zakenak
        spec:
          scaleTargetRef:
            apiVersion: apps/v1
            kind: "{{{State.KindOf(service.Shape)}}}"
            name: "{{{service.Target}}}"
        """;
}
