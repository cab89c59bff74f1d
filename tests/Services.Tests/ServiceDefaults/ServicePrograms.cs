using Microsoft.AspNetCore.Builder;
using Zakenak.Contracts;

namespace Zakenak.Services.Tests.ServiceDefaults;

/// <summary>The programs of the suite that run in pods.</summary>
internal static class ServicePrograms
{
    public static IReadOnlyDictionary<string, (string Assembly, Func<string[], Action<WebApplicationBuilder>?, WebApplication> Create)> All { get; } =
        new Dictionary<string, (string, Func<string[], Action<WebApplicationBuilder>?, WebApplication>)>
        {
            [ServiceNames.CertAuthority] = ("CertAuthority", Zakenak.CertAuthority.Program.Create),
            [ServiceNames.FeatureProxy] = ("FeatureProxy", Zakenak.FeatureProxy.Program.Create),
            [ServiceNames.Gateway] = ("Gateway", Zakenak.Gateway.Program.Create),
            [ServiceNames.ModelRegistry] = ("ModelRegistry", Zakenak.ModelRegistry.Program.Create),
            [ServiceNames.ModelServer] = ("ModelServer", Zakenak.ModelServer.Program.Create),
        };
}
