using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Kubernetes;
using Aspire.Hosting.Kubernetes.Resources;

#pragma warning disable ASPIREPROBES001
namespace EmbeddedHost.Publishing.Kubernetes;

/// <summary>Makes the objects of one resource: a Deployment, a Service, and its environment in a ConfigMap.</summary>
internal static class PublishedResource
{
    public static async Task<KubernetesResource> CreateAsync(
        IResource resource, KubernetesEnvironmentResource environment, DistributedApplicationExecutionContext executionContext, CancellationToken cancellationToken)
    {
        if (resource is not ProjectResource project)
            throw PublishedValues.Unpublishable(resource.Name, "it is a program of this machine and has no image", "make it a project, or add it only when the application runs");

        var published = new KubernetesResource(resource.Name, resource, environment) { Labels = LabelsOf(resource) };
        var (config, secrets) = await EnvironmentOfAsync(project, executionContext, published, cancellationToken).ConfigureAwait(false);
        var arguments = await ArgumentsOfAsync(project, executionContext, cancellationToken).ConfigureAwait(false);
        published.Workload = Deployment(project, published, arguments, config.Count > 0, secrets.Count > 0);
        published.ConfigMap = config.Count == 0 ? null : Fill(new ConfigMap { Metadata = Meta(HelmNames.ConfigMapOf(resource.Name), published) }, map => map.Data, config);
        published.Secret = secrets.Count == 0 ? null : Fill(new Secret { Metadata = Meta(HelmNames.SecretOf(resource.Name), published) }, secret => secret.StringData, secrets);
        published.Service = ServiceOf(project, published);
        return published;
    }

    private static Dictionary<string, string> LabelsOf(IResource resource) => new()
    {
        ["app.kubernetes.io/name"] = HelmNames.Expression(".Chart.Name"),
        ["app.kubernetes.io/component"] = resource.Name,
        ["app.kubernetes.io/instance"] = HelmNames.Expression(".Release.Name"),
    };

    private static ObjectMetaV1 Meta(string name, KubernetesResource published) => new() { Name = name, Labels = new(published.Labels) };

    private static T Fill<T>(T target, Func<T, Dictionary<string, string>> data, Dictionary<string, string> entries)
    {
        foreach (var (key, value) in entries)
            data(target)[key] = value;

        return target;
    }

    private static async Task<(Dictionary<string, string> Config, Dictionary<string, string> Secrets)> EnvironmentOfAsync(
        ProjectResource resource, DistributedApplicationExecutionContext executionContext, KubernetesResource published, CancellationToken cancellationToken)
    {
        var context = new EnvironmentCallbackContext(executionContext, resource, cancellationToken: cancellationToken);
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>())
            await annotation.Callback(context).ConfigureAwait(false);

        Dictionary<string, string> config = [], secrets = [];
        foreach (var (name, value) in context.EnvironmentVariables)
        {
            // Aspire takes it that TLS ends before the cluster; an address that is meant is passed by a variable of its own.
            if (value is EndpointReference { Scheme: "https" } && name.StartsWith("services__", StringComparison.Ordinal))
                continue;

            var text = PublishedValues.TextOf(value, resource);
            var isSecret = HelmNames.RefersToSecret(text);
            var section = isSecret ? HelmNames.Secrets : HelmNames.Config;
            var key = value is ParameterResource parameter ? parameter.Name : name;

            // Text with expressions goes into the template itself; all else is a value that whoever installs may change.
            if (HelmNames.RefersToValues(text) && value is not ParameterResource)
            {
                (isSecret ? secrets : config)[name] = text;
                continue;
            }

            (isSecret ? secrets : config)[name] = HelmNames.ValueOf(section, resource.Name, key);
            published.Values.TryAdd(section, []);
            published.Values[section][HelmNames.Key(key)] = value is ParameterResource ? string.Empty : text;
        }

        return (config, secrets);
    }

    private static async Task<List<string>> ArgumentsOfAsync(ProjectResource resource, DistributedApplicationExecutionContext executionContext, CancellationToken cancellationToken)
    {
        var context = new CommandLineArgsCallbackContext([], resource, cancellationToken) { ExecutionContext = executionContext };
        foreach (var annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>())
            await annotation.Callback(context).ConfigureAwait(false);

        return [.. context.Args.Select(argument => PublishedValues.TextOf(argument, resource))];
    }

    private static Deployment Deployment(ProjectResource resource, KubernetesResource published, List<string> arguments, bool hasConfig, bool hasSecrets)
    {
        var deployment = new Deployment { Metadata = Meta(HelmNames.DeploymentOf(resource.Name), published) };
        deployment.Spec.Selector = new(new Dictionary<string, string>(published.Labels));
        deployment.Spec.Replicas = resource.GetReplicaCount();
        deployment.Spec.Strategy = new() { Type = "RollingUpdate", RollingUpdate = new() { MaxUnavailable = 1, MaxSurge = 1 } };
        deployment.Spec.Template.Metadata.Labels = new(published.Labels);
        deployment.Spec.Template.Spec.Containers.Add(Container(resource, published, arguments, hasConfig, hasSecrets));
        return deployment;
    }

    private static ContainerV1 Container(ProjectResource resource, KubernetesResource published, List<string> arguments, bool hasConfig, bool hasSecrets)
    {
        var imageKey = $"{HelmNames.Key(resource.Name)}_image";
        published.Values[HelmNames.Parameters] = new() { [imageKey] = $"{resource.Name}:latest" };
        var container = new ContainerV1
        {
            Name = resource.Name,
            Image = HelmNames.ValueOf(HelmNames.Parameters, resource.Name, imageKey),
            ImagePullPolicy = published.Parent.DefaultImagePullPolicy,
        };
        container.Args.AddRange(arguments);
        if (hasConfig)
            container.EnvFrom.Add(new() { ConfigMapRef = new() { Name = HelmNames.ConfigMapOf(resource.Name) } });
        if (hasSecrets)
            container.EnvFrom.Add(new() { SecretRef = new() { Name = HelmNames.SecretOf(resource.Name) } });

        foreach (var endpoint in resource.GetEndpoints())
            container.Ports.Add(new() { Name = endpoint.EndpointName, ContainerPort = PublishedValues.TargetPortOf(endpoint), Protocol = "TCP" });

        foreach (var probe in resource.Annotations.OfType<EndpointProbeAnnotation>())
        {
            var target = probe.Type switch
            {
                ProbeType.Startup => container.StartupProbe = new(),
                ProbeType.Readiness => container.ReadinessProbe = new(),
                _ => container.LivenessProbe = new(),
            };
            target.HttpGet = new() { Path = probe.Path, Port = PublishedValues.TargetPortOf(probe.EndpointReference), Scheme = probe.EndpointReference.Scheme };
            target.InitialDelaySeconds = probe.InitialDelaySeconds;
            target.PeriodSeconds = probe.PeriodSeconds;
            target.TimeoutSeconds = probe.TimeoutSeconds;
            target.FailureThreshold = probe.FailureThreshold;
            target.SuccessThreshold = probe.SuccessThreshold;
        }

        return container;
    }

    private static Service? ServiceOf(ProjectResource resource, KubernetesResource published)
    {
        var endpoints = resource.GetEndpoints().ToArray();
        if (endpoints.Length == 0)
            return null;

        var service = new Service { Metadata = Meta(HelmNames.ServiceOf(resource.Name), published) };
        service.Spec.Selector = new(published.Labels);
        service.Spec.Type = published.Parent.DefaultServiceType;
        service.Spec.Ports.AddRange(endpoints.Select(endpoint => new ServicePortV1
        {
            Name = endpoint.EndpointName,
            Port = PublishedValues.PortOf(endpoint),
            TargetPort = PublishedValues.TargetPortOf(endpoint),
            Protocol = "TCP",
        }));
        return service;
    }
}
