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

    private RegistryConnection(WorkloadIdentity identity, Uri url)
    {
        _http = new HttpClient(WorkloadHttpHandler.Create(identity, ServiceNames.ModelRegistry)) { BaseAddress = url };
        Client = new RegistryClient(_http);
        IsDevelopment = identity.Id.Namespace == ServiceContext.DevelopmentNamespace;
    }

    public RegistryClient Client { get; }

    /// <summary>Whether keys that are for development only count.</summary>
    public bool IsDevelopment { get; }

    public static async Task<Result<RegistryConnection>> OpenAsync(
        CliContext context, RegistryOptions options, ParseResult parsed, CancellationToken cancellationToken)
    {
        var url = options.UrlOf(parsed);
        if (options.IdentityOf(context, parsed) is { } files)
        {
            var loaded = OperatorIdentity.Load(files);
            return loaded.IsSuccess ? new RegistryConnection(loaded.Value, url!) : loaded.Refusal;
        }

        if (DevelopmentSuite.Find(options.StateOf(context, parsed)) is not { } suite)
        {
            return url is null ? Nowhere : new Refusal(Nowhere.Code, PeerOptions.Nobody);
        }

        var identity = await OperatorIdentity.EnrollAsync(suite, Nowhere, cancellationToken);
        return identity.IsSuccess ? new RegistryConnection(identity.Value, url ?? suite.ModelRegistry) : identity.Refusal;
    }

    public void Dispose() => _http.Dispose();
}
