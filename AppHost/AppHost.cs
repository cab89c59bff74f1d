using Zakenak.AppHost;
using Zakenak.AppHost.Kubernetes;
using Zakenak.AppHost.Local;
using Zakenak.Contracts;

// The picture of the suite. A client speaks to the gateway; behind it every hop is mutually authenticated:
//
//   client --> gateway --> model-server --> feature-proxy        and all of them --> cert-authority
//                              |
//   model-publisher --> model-registry        a model is served once it was signed, pushed and promoted
if (Usage.IsAsked(args))
{
    return;
}

var builder = DistributedApplication.CreateBuilder(args);

var authority = builder.AddProject(ServiceNames.CertAuthority, "../CertAuthority/CertAuthority.csproj")
    .WithWorkloadEndpoints();

var features = builder.AddProject(ServiceNames.FeatureProxy, "../FeatureProxy/FeatureProxy.csproj")
    .WithWorkloadEndpoints()
    .WithIdentityFrom(authority);

var registry = builder.AddProject(ServiceNames.ModelRegistry, "../ModelRegistry/ModelRegistry.csproj")
    .WithWorkloadEndpoints()
    .WithIdentityFrom(authority);

var models = builder.AddProject(ServiceNames.ModelServer, "../ModelServer/ModelServer.csproj")
    .WithWorkloadEndpoints()
    .WithIdentityFrom(authority)
    .WithEnvironment("Registry__Url", registry.GetEndpoint("https"))
    .WithEnvironment("Features__Url", features.GetEndpoint("https"));

var gateway = builder.AddProject(ServiceNames.Gateway, "../Gateway/Gateway.csproj")
    .WithEdgeEndpoints()
    .WithIdentityFrom(authority)
    .WithEnvironment("ModelServers__Urls__0", models.GetEndpoint("https"));

// Where it runs says the rest: which files, which proof, and in a cluster the walls around every pod.
var suite = new Suite(authority, features, registry, models, gateway);
if (builder.ExecutionContext.IsPublishMode)
{
    Cluster.Furnish(builder, suite);
}
else
{
    Laptop.Furnish(builder, suite);
}

builder.Build().Run();
