using Zakenak.AppHost.Kubernetes.Charts;
using Zakenak.Contracts;

namespace Zakenak.AppHost.Kubernetes.Observability;

/// <summary>
/// Prometheus is none of our services, so somebody else must renew what it is known by: a job of the command line, under the account
/// <c>prometheus</c>, that enrolls and puts the SVID into the one Secret that it may change.
/// </summary>
internal static class PrometheusIdentity
{
    private const string Name = "prometheus-identity";
    private const string Given = "if and .Values.observability.serviceMonitor.enabled .Values.observability.serviceMonitor.renewal.enabled";
    private const string Secret = "{{ .Values.observability.serviceMonitor.clientSecret }}";

    public static void AddTo(ChartFiles chart)
    {
        var values = chart.Values;
        values.Describe("observability.serviceMonitor.renewal", "What keeps that Secret's certificate fresh.");
        values.Add("observability.serviceMonitor.renewal.enabled", "true", "A job that enrolls as the account prometheus; false where something of yours does. The Secret must be there: kubectl create secret generic.", """{"type":"boolean"}""");
        values.Add("observability.serviceMonitor.renewal.schedule", "\"*/20 * * * *\"", "When; the certificate lives for an hour.", """{"type":"string","pattern":"^[^ ]+( [^ ]+){4}$"}""");
        values.Add("observability.serviceMonitor.renewal.imageDigest", "\"\"", "Digest of the command line's image, sha256:HEX; empty: the tag.", """{ "type": "string", "pattern": "^(sha256:[0-9a-f]{64})?$" }""");
        chart.AddTemplate($"observability/{Name}.yaml", $"{{{{- {Given} }}}}\n{Account}\n{Rights}\n{Edges}\n{Job}\n{{{{- end }}}}\n");
    }

    private static string Account => $"""
        ---
        apiVersion: v1
        kind: ServiceAccount
        {Metadata(ServiceNames.Prometheus)}
        automountServiceAccountToken: false
        """;

    // Not to create: a name can't bound that, and a Secret of any name may be another account's token.
    private static string Rights => $$$"""
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        {{{Metadata(Name)}}}
        rules:
          - apiGroups:
              - ""
            resources:
              - secrets
            resourceNames:
              - "{{{Secret}}}"
            verbs:
              - patch
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        {{{Metadata(Name + "-binding")}}}
        roleRef:
          apiGroup: rbac.authorization.k8s.io
          kind: Role
          name: {{{Name}}}
        subjects:
          - kind: ServiceAccount
            name: {{{ServiceNames.Prometheus}}}
            namespace: "{{ .Release.Namespace }}"
        """;

    private static string Edges => $$$"""
        ---
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        {{{Metadata(Name + "-network")}}}
        spec:
          podSelector:
            matchLabels:
              {{{Labels.Component}}}: {{{Name}}}
              app.kubernetes.io/instance: "{{ .Release.Name }}"
          policyTypes:
            - Ingress
            - Egress
          egress:
            - to:
                - podSelector:
                    matchLabels:
                      {{{Labels.Component}}}: {{{ServiceNames.CertAuthority}}}
                      app.kubernetes.io/instance: "{{ .Release.Name }}"
              ports:
                - protocol: TCP
                  port: {{{SuiteExtensions.TrafficPort}}}
            - to:
                - namespaceSelector:
                    matchLabels:
                      kubernetes.io/metadata.name: "{{ .Values.network.dnsNamespace }}"
              ports:
                - protocol: UDP
                  port: 53
                - protocol: TCP
                  port: 53
            - to:
                {{- range .Values.network.apiServerCidrs }}
                - ipBlock:
                    cidr: "{{ . }}"
                {{- end }}
              ports:
                - protocol: TCP
                  port: 443
                - protocol: TCP
                  port: {{ .Values.network.apiServerPort | int }}
        ---
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        {{{Metadata(Name + "-enrollment")}}}
        spec:
          podSelector:
            matchLabels:
              {{{Labels.Component}}}: {{{ServiceNames.CertAuthority}}}
              app.kubernetes.io/instance: "{{ .Release.Name }}"
          policyTypes:
            - Ingress
          ingress:
            - from:
                - podSelector:
                    matchLabels:
                      {{{Labels.Component}}}: {{{Name}}}
                      app.kubernetes.io/instance: "{{ .Release.Name }}"
              ports:
                - protocol: TCP
                  port: {{{SuiteExtensions.TrafficPort}}}
        """;

    private static string Job => $$$"""
        ---
        apiVersion: batch/v1
        kind: CronJob
        {{{Metadata(Name)}}}
        spec:
          schedule: "{{ .Values.observability.serviceMonitor.renewal.schedule }}"
          concurrencyPolicy: Forbid
          startingDeadlineSeconds: 300
          successfulJobsHistoryLimit: 1
          failedJobsHistoryLimit: 2
          jobTemplate:
            spec:
              backoffLimit: 3
              activeDeadlineSeconds: 300
              template:
                metadata:
                  labels:
                    app.kubernetes.io/name: "{{ .Chart.Name }}"
                    {{{Labels.Component}}}: {{{Name}}}
                    app.kubernetes.io/instance: "{{ .Release.Name }}"
                    app.kubernetes.io/part-of: zakenak
                    app.kubernetes.io/version: "{{ .Chart.AppVersion }}"
                    app.kubernetes.io/managed-by: "{{ .Release.Service }}"
                spec:
                  restartPolicy: Never
                  serviceAccountName: {{{ServiceNames.Prometheus}}}
                  automountServiceAccountToken: false
                  enableServiceLinks: false
                  priorityClassName: "{{ .Release.Namespace }}-serving"
                  {{- with .Values.images.pullSecrets }}
                  imagePullSecrets: {{- toYaml . | nindent 20 }}
                  {{- end }}
                  securityContext:
                    runAsNonRoot: true
                    runAsUser: {{{PodSecurity.User}}}
                    runAsGroup: {{{PodSecurity.User}}}
                    fsGroup: {{{PodSecurity.User}}}
                    seccompProfile:
                      type: RuntimeDefault
                    {{- if .Values.pods.appArmor }}
                    appArmorProfile:
                      type: RuntimeDefault
                    {{- end }}
                  containers:
                    - name: enroll
                      image: "{{ .Values.images.repository }}/cli{{ if .Values.observability.serviceMonitor.renewal.imageDigest }}@{{ .Values.observability.serviceMonitor.renewal.imageDigest }}{{ else }}:{{ .Values.images.tag }}{{ end }}"
                      imagePullPolicy: "{{ .Values.images.pullPolicy }}"
                      args:
                        - identity
                        - enroll
                        - --authority
                        - https://{{{ServiceNames.CertAuthority}}}-service:{{{SuiteExtensions.TrafficPort}}}
                        - --trust-anchors
                        - {{{PodPaths.Trust}}}/bundle.pem
                        - --namespace
                        - "{{ .Release.Namespace }}"
                        - --as
                        - {{{ServiceNames.Prometheus}}}
                        - --token
                        - {{{PodPaths.Identity}}}/token
                        - --secret
                        - "{{{Secret}}}"
                      env:
                        - name: DOTNET_EnableDiagnostics
                          value: "0"
                      resources:
                        requests:
                          cpu: 50m
                          memory: 96Mi
                          ephemeral-storage: 16Mi
                        limits:
                          cpu: 500m
                          memory: 192Mi
                          ephemeral-storage: 64Mi
                      securityContext:
                        runAsNonRoot: true
                        runAsUser: {{{PodSecurity.User}}}
                        runAsGroup: {{{PodSecurity.User}}}
                        allowPrivilegeEscalation: false
                        privileged: false
                        readOnlyRootFilesystem: true
                        capabilities:
                          drop:
                            - ALL
                        seccompProfile:
                          type: RuntimeDefault
                      volumeMounts:
                        - name: identity
                          mountPath: {{{PodPaths.Identity}}}
                          readOnly: true
                        - name: trust
                          mountPath: {{{PodPaths.Trust}}}
                          readOnly: true
                        - name: api-server
                          mountPath: {{{PodPaths.ApiServer}}}
                          readOnly: true
                        - name: scratch
                          mountPath: {{{PodPaths.Scratch}}}
                          readOnly: false
                  volumes:
                    - name: identity
                      projected:
                        defaultMode: {{{Volumes.OwnerReads}}}
                        sources:
                          - serviceAccountToken:
                              audience: {{{ServiceAccounts.Audience}}}
                              expirationSeconds: 600
                              path: token
                    - name: trust
                      configMap:
                        name: {{{ApiServerAccess.BundleConfigMap}}}
                        defaultMode: {{{Volumes.OwnerReads}}}
                    - name: api-server
                      projected:
                        defaultMode: {{{Volumes.OwnerReads}}}
                        sources:
                          - serviceAccountToken:
                              expirationSeconds: 600
                              path: token
                          - configMap:
                              name: kube-root-ca.crt
                              items:
                                - key: ca.crt
                                  path: ca.crt
                    - name: scratch
                      emptyDir:
                        medium: Memory
                        sizeLimit: 16Mi
        """;

    private static string Metadata(string name) => $$$"""
        metadata:
          name: {{{name}}}
          labels:
            app.kubernetes.io/name: "{{ .Chart.Name }}"
            {{{Labels.Component}}}: {{{Name}}}
            app.kubernetes.io/instance: "{{ .Release.Name }}"
            app.kubernetes.io/part-of: zakenak
        """;
}
