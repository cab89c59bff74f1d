using Zakenak.AppHost.Local;
using Zakenak.Contracts;

// The picture of the suite. A client speaks to the gateway; behind it every hop is mutually authenticated:
//
//   client --> gateway --> model-server --> feature-proxy        and all of them --> cert-authority
if (Usage.IsAsked(args))
{
    return;
}

var builder = DistributedApplication.CreateBuilder(args);

var state = LocalState.Open(builder);
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

var models = builder.AddProject(ServiceNames.ModelServer, "../ModelServer/ModelServer.csproj")
    .WithWorkloadEndpoints()
    .WithWorkloadIdentity(authority, state)
    .WithEnvironment("Model__Name", model.Name)
    .WithEnvironment("Model__Version", model.Version)
    .WithEnvironment("Model__Directory", model.Directory)
    .WithEnvironment("Model__SignersDirectory", model.SignersDirectory)
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
