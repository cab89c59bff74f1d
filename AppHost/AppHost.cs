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

var state = LocalState.Open(builder);
var trust = DevelopmentTrust.Open(builder, state);
var model = ServedModel.Find(builder, state);
var chat = ChatLogin.Create(state);

var authority = builder.AddProject(ServiceNames.CertAuthority, "../CertAuthority/CertAuthority.csproj")
    .WithWorkloadEndpoints()
    .WithEnvironment("CertAuthority__Directory", state.CertAuthority)
    .WithEnvironment("CertAuthority__EnrollmentKeyFile", state.EnrollmentKeyFile)
    .WithEnvironment("CertAuthority__DnsNames__gateway__0", "localhost")
    .WithEnvironment("CertAuthority__IpAddresses__gateway__0", "127.0.0.1")
    .WithEnvironment("Identity__TrustAnchorsFile", state.TrustAnchorsFile);

var features = builder.AddProject(ServiceNames.FeatureProxy, "../FeatureProxy/FeatureProxy.csproj")
    .WithWorkloadEndpoints()
    .WithWorkloadIdentity(authority, state)
    .WithEnvironment("Features__SeedFile", Path.Combine(builder.AppHostDirectory, "../FeatureProxy/seed/dev-features.json"));

var registry = builder.AddProject(ServiceNames.ModelRegistry, "../ModelRegistry/ModelRegistry.csproj")
    .WithWorkloadEndpoints()
    .WithWorkloadIdentity(authority, state)
    .WithTrustPolicy(trust)
    .WithEnvironment("Registry__Directory", state.Registry)
    .WithEndpointsFile(authority, state);

if (model.Folder is not null)
{
    // The way of every model: pushed, and promoted by the operator, unless an approver has spoken before. Nothing here undoes a revocation.
    builder.AddProject("model-publisher", "../Cli/Cli.csproj")
        .WithArgs("model", "push", model.Folder, "--promote", "Approved", "--if-draft", "--expires", "3650d", "--key", trust.OperatorKeyFile)
        .WithEnvironment("ZAKENAK_HOME", state.Root)
        .WaitFor(registry);
}

var models = builder.AddProject(ServiceNames.ModelServer, "../ModelServer/ModelServer.csproj")
    .WithWorkloadEndpoints()
    .WithWorkloadIdentity(authority, state)
    .WithEnvironment("Model__Name", model.Name)
    .WithEnvironment("Model__Version", model.Version)
    .WithEnvironment("Model__Directory", state.Served(model.Name, model.Version))
    .WithTrustPolicy(trust)
    .WithEnvironment("Trust__MemoryFile", state.TrustMemoryFile)
    .WithEnvironment("Registry__Url", registry.GetEndpoint("https"))
    .WithEnvironment("Features__Url", features.GetEndpoint("https"));

var gateway = builder.AddProject(ServiceNames.Gateway, "../Gateway/Gateway.csproj")
    .WithEdgeEndpoints()
    .WithWorkloadIdentity(authority, state)
    .WithEnvironment("ModelServers__Urls__0", models.GetEndpoint("https"))
    .WithEnvironment("ApiKeys__File", state.ApiKeysFile)
    .WithEnvironment("ApiKeys__DevelopmentKeyFile", state.DevelopmentKeyFile)
    .WithEnvironment("ChatPage__LoginTokenFile", chat.TokenFile)
    .WithUrlForEndpoint("http", url => (url.Url, url.DisplayText) = (chat.Path, "Chat page"));

FirstRequest.PrintWhenReady(gateway, models, model, state);

builder.Build().Run();
