using System.Text;

namespace Zakenak.AppHost.Kubernetes.Observability;

/// <summary>What is recorded and what somebody is told about. Metrics are those of docs/metrics.md; only the gateway's have a tenant.</summary>
internal static class Rules
{
    private const string Requests = "gen_ai_server_request_duration_seconds_count{zakenak_tenant!=\"\"}";

    // Refusals that are the client's own doing are no errors; an answer that broke off after its 200 is one.
    private const string Errors = "gen_ai_server_request_duration_seconds_count{zakenak_tenant!=\"\",error_type!=\"\",http_response_status_code!~\"4..\"}";

    // Prometheus 3 stores the bound 1 as 1.0, and 2 did not.
    private const string FastFirstTokens = "gen_ai_server_time_to_first_token_seconds_bucket{zakenak_tenant!=\"\",le=~\"{{ .Values.observability.objectives.firstTokenSeconds }}(\\\\.0)?\"}";
    private const string FirstTokens = "gen_ai_server_time_to_first_token_seconds_count{zakenak_tenant!=\"\"}";

    private static readonly Objective[] _objectives =
    [
        new(
            "ZakenakErrorBudgetBurns",
            "zakenak:request_errors:ratio",
            $"(sum by (namespace) (rate({Errors}[$window])) or 0 * sum by (namespace) (rate({Requests}[$window]))) / sum by (namespace) (rate({Requests}[$window]))",
            "{{ .Values.observability.objectives.errors }}",
            "More requests fail than the objective allows"),
        new(
            "ZakenakLatencyBudgetBurns",
            "zakenak:slow_first_tokens:ratio",
            $"1 - sum by (namespace) (rate({FastFirstTokens}[$window])) / sum by (namespace) (rate({FirstTokens}[$window]))",
            "{{ .Values.observability.objectives.slowFirstTokens }}",
            "More first tokens come late than the objective allows"),
    ];

    private static readonly Alert[] _load =
    [
        new("ZakenakQueueLong", "warning", "5m",
            "sum by (namespace, pod) (zakenak_queue_depth) > {{ .Values.observability.objectives.queueDepth | int }}",
            "Requests wait for a model server that has no room"),
        new("ZakenakQueueRefuses", "critical", "5m",
            "sum by (namespace, gen_ai_request_model) (rate(gen_ai_server_request_duration_seconds_count{zakenak_tenant=\"\",error_type=~\"queue_full|queue_timeout|engine_stalled\"}[5m])) > 0",
            "A model server turns requests away"),
        new("ZakenakCellsExhausted", "warning", "15m",
            "zakenak_kv_cells_used - zakenak_prefix_cache_cells > 0.95 * zakenak_kv_cells and rate(zakenak_preemptions_total[15m]) > 0",
            "Answers are put back for want of KV cells"),
    ];

    private static readonly Alert[] _identity =
    [
        new("ZakenakSvidExpires", "critical", "1m", "zakenak_svid_expires_seconds < 600", "The SVID of a service expires in less than 10 minutes and was not renewed"),
        new("ZakenakSvidNotRenewed", "warning", "5m", "increase(zakenak_svid_failures_total[15m]) > 2", "A service gets no SVID from the certificate authority"),
        new("ZakenakCaExpires", "warning", "1h", "zakenak_ca_expires_seconds{certificate=\"issuing\"} < 15 * 86400 or zakenak_ca_expires_seconds{certificate=\"root\"} < 180 * 86400", "A certificate of the authority expires and no next one is in place"),
        new("ZakenakCaExpiresNow", "critical", "5m", "zakenak_ca_expires_seconds < 2 * 86400", "A certificate of the authority expires within two days: then nothing trusts anything"),
        new("ZakenakEnrollmentRefused", "warning", "5m", "sum by (namespace, code) (increase(zakenak_enrollment_failures_total[15m])) > 5", "The certificate authority refuses requests for SVIDs"),
    ];

    private static readonly Alert[] _models =
    [
        new("ZakenakModelRevoked", "critical", "0m", "zakenak_model_revoked == 1", "A model that was revoked is configured to be served"),
        new("ZakenakModelNotVerified", "warning", "15m", "zakenak_model_verified == 0 unless on (namespace, pod) zakenak_model_revoked == 1", "A model server has no model that it may serve; zakenak_model_refused has the reason"),
        new("ZakenakNoModelServed", "critical", "2m", "max by (namespace, gen_ai_request_model) (zakenak_model_verified) == 0", "No replica serves the model"),
        new("ZakenakRegistryRefuses", "warning", "0m", "sum by (namespace) (increase(zakenak_registry_refusals_total{code=\"caller_not_allowed\"}[15m])) > 0", "Somebody who may not tried to change a model"),
    ];

    private static readonly Alert[] _targets =
    [
        new("ZakenakTargetDown", "critical", "5m", "up{suite=\"zakenak\"} == 0", "A service is not scraped: it is down, or knows no Prometheus"),
    ];

    /// <summary>The <c>groups</c> of a PrometheusRule.</summary>
    public static string Groups()
    {
        var rules = new StringBuilder();
        rules.AppendGroup("zakenak-objectives", "30s");
        foreach (var objective in _objectives)
            objective.WriteRecords(rules);
        foreach (var objective in _objectives)
            objective.WriteAlerts(rules);

        foreach (var (name, alerts) in ((string, Alert[])[])[("load", _load), ("identity", _identity), ("models", _models), ("targets", _targets)])
        {
            rules.AppendGroup("zakenak-" + name, "30s");
            foreach (var alert in alerts)
                rules.AppendAlert(alert);
        }

        return rules.ToString();
    }
}
