namespace Zakenak.AppHost.Kubernetes.Admission;

/// <summary>The rules. <c>variables</c> are those of <see cref="Variables"/>.</summary>
internal static class AdmissionRules
{
    /// <summary>
    /// By name, in the order in which they may refer to each other. What has several types is <c>dyn</c>, else the API server's check of types,
    /// which it reports in the policy's status, finds fault with it.
    /// </summary>
    public static IReadOnlyList<(string Name, string Expression)> Variables { get; } =
    [
        ("containers", "object.spec.containers + (has(object.spec.initContainers) ? object.spec.initContainers : []) + (has(object.spec.ephemeralContainers) ? dyn(object.spec.ephemeralContainers) : [])"),
        ("podContext", "has(object.spec.securityContext) ? dyn(object.spec.securityContext) : dyn({})"),
        ("contexts", "variables.containers.map(c, has(c.securityContext) ? dyn(c.securityContext) : dyn({}))"),
    ];

    /// <summary>The Pod Security Standard <c>restricted</c>, somewhat narrower (no sysctls). A namespace's label can be taken off; this stays.</summary>
    public static AdmissionRule RestrictedPods { get; } = new(
        "zakenak-restricted-pods",
        null,
        (
            "!(has(object.spec.hostNetwork) && object.spec.hostNetwork) && !(has(object.spec.hostPID) && object.spec.hostPID) && !(has(object.spec.hostIPC) && object.spec.hostIPC)",
            "no namespace of the host"),
        (
            "!has(object.spec.volumes) || object.spec.volumes.all(v, has(v.configMap) || has(v.csi) || has(v.downwardAPI) || has(v.emptyDir) || has(v.ephemeral) || has(v.persistentVolumeClaim) || has(v.projected) || has(v.secret))",
            "no volume of the host"),
        (
            "variables.containers.all(c, !has(c.ports) || c.ports.all(p, !has(p.hostPort) || p.hostPort == 0))",
            "no port of the host"),
        (
            "variables.contexts.all(s, has(s.allowPrivilegeEscalation) && !s.allowPrivilegeEscalation && !(has(s.privileged) && s.privileged))",
            "allowPrivilegeEscalation must be false, and no container privileged"),
        (
            "variables.contexts.all(s, has(s.capabilities) && has(s.capabilities.drop) && 'ALL' in s.capabilities.drop && (!has(s.capabilities.add) || s.capabilities.add.all(a, a == 'NET_BIND_SERVICE')))",
            "capabilities must drop ALL and add at most NET_BIND_SERVICE"),
        (
            "variables.contexts.all(s, has(s.runAsNonRoot) ? s.runAsNonRoot : has(variables.podContext.runAsNonRoot) && variables.podContext.runAsNonRoot)",
            "runAsNonRoot must be true"),
        (
            "(variables.contexts + [variables.podContext]).all(s, !has(s.runAsUser) || s.runAsUser != 0)",
            "runAsUser must not be 0"),
        (
            "variables.contexts.all(s, has(s.seccompProfile) ? s.seccompProfile.type in ['RuntimeDefault', 'Localhost'] : has(variables.podContext.seccompProfile) && variables.podContext.seccompProfile.type in ['RuntimeDefault', 'Localhost'])",
            "seccompProfile must be RuntimeDefault or Localhost"),
        (
            "(variables.contexts + [variables.podContext]).all(s, !has(s.appArmorProfile) || s.appArmorProfile.type in ['RuntimeDefault', 'Localhost'])",
            "appArmorProfile must be RuntimeDefault or Localhost"),
        (
            "(variables.contexts + [variables.podContext]).all(s, !has(s.seLinuxOptions) || (!has(s.seLinuxOptions.user) && !has(s.seLinuxOptions.role) && (!has(s.seLinuxOptions.type) || s.seLinuxOptions.type in ['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'])))",
            "seLinuxOptions must be those of a container"),
        (
            "(variables.contexts + [variables.podContext]).all(s, (!has(s.procMount) || s.procMount == 'Default') && !(has(s.windowsOptions) && has(s.windowsOptions.hostProcess) && s.windowsOptions.hostProcess))",
            "procMount must be Default, and no process the host's"),
        (
            "!has(variables.podContext.sysctls) || variables.podContext.sysctls.size() == 0",
            "no sysctls"));

    public static AdmissionRule ReadOnlyPods { get; } = new(
        "zakenak-read-only-pods",
        null,
        ("variables.contexts.all(s, has(s.readOnlyRootFilesystem) && s.readOnlyRootFilesystem)", "readOnlyRootFilesystem must be true"));

    public static AdmissionRule ImagesByDigest { get; } = new(
        "zakenak-images-by-digest",
        null,
        ("variables.containers.all(c, c.image.matches('@sha256:[a-f0-9]{64}$'))", "images must be named by digest: a tag may be moved"));

    /// <summary>Who runs under the model server's account is taken for one by all others, whatever its labels: so the account decides.</summary>
    public static AdmissionRule VerifiedModels(string account, string container, string verifier, string volume) => new(
        "zakenak-verified-models",
        $"has(object.spec.serviceAccountName) && object.spec.serviceAccountName == '{account}'",
        (
            $"has(object.spec.initContainers) && object.spec.initContainers.exists(i, i.name == '{verifier}' && has(i.args) && i.args.size() > 0 && i.args[0] == 'fetch' && !has(i.command) && object.spec.containers.exists(c, c.name == '{container}' && c.image == i.image))",
            $"an init container {verifier} of the same image must fetch and verify the model"),
        (
            $"has(object.spec.volumes) && object.spec.volumes.exists(v, v.name == '{volume}' && (has(v.emptyDir) || has(v.persistentVolumeClaim)))",
            $"the model must be in the volume {volume}, in memory or claimed"),
        (
            $"variables.containers.all(c, c.name == '{verifier}' || !has(c.volumeMounts) || c.volumeMounts.all(m, m.name != '{volume}' || (has(m.readOnly) && m.readOnly)))",
            $"nobody but {verifier} may write to the volume {volume}"));
}
