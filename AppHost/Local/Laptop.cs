using Zakenak.Contracts;

namespace Zakenak.AppHost.Local;

/// <summary>What a laptop adds: a folder for the state, a policy of its own, the served model in its registry, a key and a chat page.</summary>
public static class Laptop
{
    public static void Furnish(IDistributedApplicationBuilder builder, Suite suite)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(suite);
        var state = LocalState.Open(builder);
        var trust = DevelopmentTrust.Open(builder, state);
        var model = ServedModel.Find(builder, state);
        var chat = ChatLogin.Create(state);

        // Five services share a laptop: with one heap each they start sooner and stay smaller than with one for every core.
        foreach (var service in new[] { suite.CertAuthority, suite.FeatureProxy, suite.ModelRegistry, suite.ModelServer, suite.Gateway })
        {
            service.WithEnvironment("DOTNET_gcServer", "0");
        }

        suite.CertAuthority
            .WithEnvironment("CertAuthority__Directory", state.CertAuthority)
            .WithEnvironment("CertAuthority__EnrollmentKeyFile", state.EnrollmentKeyFile)
            .WithEnvironment("CertAuthority__DnsNames__gateway__0", "localhost")
            .WithEnvironment("CertAuthority__IpAddresses__gateway__0", "127.0.0.1")
            .WithEnvironment("Identity__TrustAnchorsFile", state.TrustAnchorsFile);

        suite.FeatureProxy
            .WithEnrollment(state)
            .WithEnvironment("Features__SeedFile", Path.Combine(builder.AppHostDirectory, "../FeatureProxy/seed/dev-features.json"));

        suite.ModelRegistry
            .WithEnrollment(state)
            .WithTrustPolicy(trust)
            .WithEnvironment("Registry__Directory", state.Registry)
            .WithEndpointsFile(suite, state);

        if (model.Folder is not null)
        {
            // The way of every model: pushed, and promoted by the operator, unless an approver has spoken before. Nothing here undoes a revocation.
            builder.AddProject("model-publisher", "../Cli/Cli.csproj")
                .WithArgs("model", "push", model.Folder, "--promote", "Approved", "--if-draft", "--expires", "3650d", "--key", trust.OperatorKeyFile)
                .WithEnvironment("ZAKENAK_HOME", state.Root)
                .WaitFor(suite.ModelRegistry);
        }

        suite.ModelServer
            .WithEnrollment(state)
            .WithEnvironment("Model__Name", model.Name)
            .WithEnvironment("Model__Version", model.Version)
            .WithEnvironment("Model__Directory", state.Served(model.Name, model.Version))
            .WithTrustPolicy(trust)
            .WithEnvironment("Trust__MemoryFile", state.TrustMemoryFile);

        suite.Gateway
            .WithEnrollment(state)
            .WithEnvironment("Admin__Writers__0", $"spiffe://zakenak.local/ns/dev/sa/{ServiceNames.Operator}")
            .WithEnvironment("KillSwitch__File", state.KillsFile)
            .WithEnvironment("Rollouts__StateFile", state.RolloutsFile)
            .WithEnvironment("ApiKeys__File", state.ApiKeysFile)
            .WithEnvironment("Audit__Directory", state.GatewayAudit)
            .WithEnvironment("ApiKeys__DevelopmentKeyFile", state.DevelopmentKeyFile)
            .WithEnvironment("ChatPage__LoginTokenFile", chat.TokenFile)
            .WithUrlForEndpoint("http", url => (url.Url, url.DisplayText) = (chat.Path, "Chat page"));

        FirstRequest.PrintWhenReady(suite.Gateway, suite.ModelServer, model, state);
    }
}
