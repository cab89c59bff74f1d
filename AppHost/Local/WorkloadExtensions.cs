namespace Zakenak.AppHost.Local;

/// <summary>What the services of a laptop are told: where its files are.</summary>
public static class WorkloadExtensions
{
    /// <summary>How the service proves who it is: what the authority is known by, and a fresh token at every start of every process.</summary>
    public static IResourceBuilder<ProjectResource> WithEnrollment(this IResourceBuilder<ProjectResource> service, LocalState state)
    {
        ArgumentNullException.ThrowIfNull(service);
        var name = service.Resource.Name;
        return service
            .WithEnvironment("Identity__TrustAnchorsFile", state.TrustAnchorsFile)
            .WithEnvironment(context => context.EnvironmentVariables["Identity__TokenFile"] = state.NewEnrollmentTokenFile(name));
    }

    /// <summary>Whose word counts for models: the policy, and the root that must have signed it.</summary>
    public static IResourceBuilder<ProjectResource> WithTrustPolicy(this IResourceBuilder<ProjectResource> service, DevelopmentTrust trust)
    {
        ArgumentNullException.ThrowIfNull(trust);
        return service
            .WithEnvironment("Trust__PolicyFile", trust.PolicyFile)
            .WithEnvironment("Trust__PolicyRootFile", trust.PolicyRootFile);
    }
}
