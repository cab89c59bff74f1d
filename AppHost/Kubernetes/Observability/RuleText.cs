using System.Text;

namespace Zakenak.AppHost.Kubernetes.Observability;

/// <summary>Rules as YAML.</summary>
internal static class RuleText
{
    public static void AppendGroup(this StringBuilder rules, string name, string interval) =>
        rules.Append(null, $"    - name: {name}\n      interval: {interval}\n      rules:\n");

    public static void AppendRecord(this StringBuilder rules, string name, string expression) =>
        rules.Append(null, $"        - record: {name}\n").AppendExpression(expression);

    public static void AppendAlert(this StringBuilder rules, Alert alert) =>
        rules.Append(null, $"        - alert: {alert.Name}\n")
            .AppendExpression(alert.Expression)
            .Append(null, $"          for: {alert.For}\n          labels:\n            severity: {alert.Severity}\n          annotations:\n            summary: \"{alert.Summary}\"\n");

    private static StringBuilder AppendExpression(this StringBuilder rules, string expression) =>
        rules.Append(null, $"          expr: |-\n            {expression}\n");
}
