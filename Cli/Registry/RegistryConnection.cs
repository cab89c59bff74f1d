using System.CommandLine;
using Zakenak.Cli.Peers;
using Zakenak.Contracts;
using Zakenak.ModelDelivery;
using Zakenak.ModelTrust;
using Zakenak.ServiceDefaults;
using Refusal = Zakenak.ModelTrust.Refusal;

namespace Zakenak.Cli.Registry;

/// <summary>A registry over a connection on which both ends have proved who they are.</summary>
internal sealed class RegistryConnection : IDisposable
{
    private static readonly Refusal Nowhere = new(
        RefusalCodes.RegistryUnreachable, "No registry is running here: start one with `dotnet run --project AppHost`, or name one with --registry URL.");

    private readonly HttpClient _http;

    private RegistryConnection(Peer peer)
    {
        _http = new HttpClient(WorkloadHttpHandler.Create(peer.Identity, ServiceNames.ModelRegistry)) { BaseAddress = peer.Url };
        Client = new RegistryClient(_http);
        IsDevelopment = peer.Identity.Id.Namespace == ServiceContext.DevelopmentNamespace;
    }

    public RegistryClient Client { get; }

    /// <summary>Whether keys that are for development only count.</summary>
    public bool IsDevelopment { get; }

    public static async Task<Result<RegistryConnection>> OpenAsync(
        CliContext context, RegistryOptions options, ParseResult parsed, CancellationToken cancellationToken)
    {
        var found = await options.FindAsync(context, parsed, Nowhere, suite => suite.ModelRegistry, cancellationToken);
        return found.IsSuccess ? new RegistryConnection(found.Value) : found.Refusal;
    }

    public void Dispose() => _http.Dispose();
}
