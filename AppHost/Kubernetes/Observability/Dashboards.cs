namespace Zakenak.AppHost.Kubernetes.Observability;

/// <summary>What is looked at: the edge as clients feel it, the engines behind it, and whom and what is trusted.</summary>
internal static class Dashboards
{
    private const string Ns = "namespace=\"$namespace\"";
    private const string Edge = Ns + ",zakenak_tenant!=\"\"";

    public static IReadOnlyList<Dashboard> All { get; } =
    [
        new("zakenak-requests", "Zakenak / Requests",
            new Panel("Requests by status", "reqps", $"sum by (http_response_status_code) (rate(gen_ai_server_request_duration_seconds_count{{{Edge}}}[$__rate_interval]))"),
            new Panel("Refusals and faults", "reqps", $"sum by (error_type) (rate(gen_ai_server_request_duration_seconds_count{{{Edge},error_type!=\"\"}}[$__rate_interval]))"),
            new Panel("Budget used: errors and late first tokens", "percentunit", $"zakenak:request_errors:ratio_rate1h{{{Ns}}}", $"zakenak:slow_first_tokens:ratio_rate1h{{{Ns}}}"),
            new Panel("Time to first token", "s", Quantile("0.5", "gen_ai_server_time_to_first_token_seconds", Edge), Quantile("0.95", "gen_ai_server_time_to_first_token_seconds", Edge), Quantile("0.99", "gen_ai_server_time_to_first_token_seconds", Edge)),
            new Panel("Time to the end of the answer", "s", Quantile("0.5", "gen_ai_server_request_duration_seconds", Edge), Quantile("0.95", "gen_ai_server_request_duration_seconds", Edge)),
            new Panel("Requests under way", "short", $"sum by (pod) (zakenak_gateway_running_requests{{{Ns}}})"),
            new Panel("Requests by tenant", "reqps", $"topk(10, sum by (zakenak_tenant) (rate(gen_ai_server_request_duration_seconds_count{{{Edge}}}[$__rate_interval])))"),
            new Panel("Tokens by kind", "short", $"sum by (gen_ai_token_type) (rate(gen_ai_client_token_usage_sum{{{Ns}}}[$__rate_interval]))"),
            new Panel("Tokens by tenant", "short", $"topk(10, sum by (zakenak_tenant) (rate(gen_ai_client_token_usage_sum{{{Ns}}}[$__rate_interval])))")),
        new("zakenak-engine", "Zakenak / Engine",
            new Panel("Sequences that wait", "short", $"sum by (pod, priority) (zakenak_queue_depth{{{Ns}}})"),
            new Panel("Sequences that run", "short", $"zakenak_running_sequences{{{Ns}}}"),
            new Panel("KV cells: in use, and by cached prefixes only", "percentunit", $"zakenak_kv_cells_used{{{Ns}}} / zakenak_kv_cells{{{Ns}}}", $"zakenak_prefix_cache_cells{{{Ns}}} / zakenak_kv_cells{{{Ns}}}"),
            new Panel("Time of a step", "s", Quantile("0.5", "zakenak_step_duration_seconds", Ns), Quantile("0.99", "zakenak_step_duration_seconds", Ns)),
            new Panel("Tokens of a step", "short", Quantile("0.5", "zakenak_batch_tokens", Ns), Quantile("0.95", "zakenak_batch_tokens", Ns)),
            new Panel("Time per output token", "s", Quantile("0.5", "gen_ai_server_time_per_output_token_seconds", Ns), Quantile("0.95", "gen_ai_server_time_per_output_token_seconds", Ns)),
            new Panel(
                "Prefix cache: share of prompts' tokens",
                "percentunit",
                $"sum by (pod) (rate(zakenak_prefix_cache_hit_tokens_total{{{Ns}}}[$__rate_interval])) / (sum by (pod) (rate(zakenak_prefix_cache_hit_tokens_total{{{Ns}}}[$__rate_interval])) + sum by (pod) (rate(zakenak_prompt_tokens_decoded_total{{{Ns}}}[$__rate_interval])))",
                $"zakenak_prefix_cache_hit_ratio{{{Ns}}}"),
            new Panel("Sequences put back", "short", $"sum by (pod) (rate(zakenak_preemptions_total{{{Ns}}}[$__rate_interval]))"),
            new Panel("Cached tokens given up", "short", $"sum by (pod) (rate(zakenak_prefix_cache_evicted_tokens_total{{{Ns}}}[$__rate_interval]))"),
            new Panel("Guessed tokens: share that was right", "percentunit", $"sum by (pod) (rate(zakenak_draft_tokens_accepted_total{{{Ns}}}[$__rate_interval])) / sum by (pod) (rate(zakenak_draft_tokens_total{{{Ns}}}[$__rate_interval]))"),
            new Panel("Guessed tokens", "short", $"sum by (pod) (rate(zakenak_draft_tokens_total{{{Ns}}}[$__rate_interval]))")),
        new("zakenak-trust", "Zakenak / Trust",
            new Panel("Models: served", "short", $"sum by (gen_ai_request_model) (zakenak_model_verified{{{Ns}}})"),
            new Panel("Models: revoked, or refused by reason", "short", $"sum by (gen_ai_request_model) (zakenak_model_revoked{{{Ns}}})", $"sum by (gen_ai_request_model, code) (zakenak_model_refused{{{Ns}}})"),
            new Panel("Registry: changes", "short", $"sum by (action) (increase(zakenak_registry_changes_total{{{Ns}}}[$__rate_interval]))", $"sum(increase(zakenak_registry_uploads_total{{{Ns}}}[$__rate_interval]))"),
            new Panel("Registry: refusals", "short", $"sum by (code) (increase(zakenak_registry_refusals_total{{{Ns}}}[$__rate_interval]))"),
            new Panel("Registry: bytes received", "Bps", $"sum(rate(zakenak_registry_uploaded_bytes_total{{{Ns}}}[$__rate_interval]))"),
            new Panel("SVIDs: time left", "s", $"min by (pod) (zakenak_svid_expires_seconds{{{Ns}}})"),
            new Panel("SVIDs: issued, and refused", "short", $"sum by (proof) (increase(zakenak_svids_issued_total{{{Ns}}}[$__rate_interval]))", $"sum by (code) (increase(zakenak_enrollment_failures_total{{{Ns}}}[$__rate_interval]))"),
            new Panel("SVIDs: not obtained", "short", $"sum by (pod) (increase(zakenak_svid_failures_total{{{Ns}}}[$__rate_interval]))"),
            new Panel("Authority: time left", "s", $"min by (certificate) (zakenak_ca_expires_seconds{{{Ns}}})"),
            new Panel("Features: answers by outcome", "reqps", $"sum by (code) (rate(zakenak_feature_request_duration_seconds_count{{{Ns}}}[$__rate_interval]))"),
            new Panel("Features: time to answer", "s", Quantile("0.95", "zakenak_feature_request_duration_seconds", Ns)),
            new Panel("Features: values handed out", "short", $"sum(rate(zakenak_feature_values_total{{{Ns}}}[$__rate_interval]))")),
    ];

    private static string Quantile(string quantile, string metric, string labels) =>
        $"histogram_quantile({quantile}, sum by (le) (rate({metric}_bucket{{{labels}}}[$__rate_interval])))";
}
